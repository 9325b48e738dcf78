# Run by `odoo shell` after the installation, in one transaction.
import os

parameters = env["ir.config_parameter"]
parameters.set_param("web.base.url", os.environ["ODOO_BASE_URL"])
parameters.set_param("web.base.url.freeze", "True")
with open("/etc/odoo/admin-password") as file:
    env.ref("base.user_admin").password = file.read()
parameters.set_param("holdfast.initialised", "1")
env.cr.commit()
