# Read from standard input in Odoo's container: starts a second Odoo beside the one that serves, on a port of its own
# and without jobs, until its sign-in page answers. The last line of standard output is {"services": SECONDS}.
import json, subprocess, sys, time, urllib.request

address = "http://127.0.0.1:8079/web/login"
began = time.monotonic()
odoo = subprocess.Popen(
    ["odoo", "--config=/etc/odoo/odoo.conf", "--http-port=8079", "--workers=0", "--max-cron-threads=0"],
    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
)
try:
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                if answer.status == 200:
                    break
        except OSError:
            pass
        if odoo.poll() is not None:
            sys.exit("odoo ended with status %s" % odoo.returncode)
        if time.monotonic() - began > 120:
            sys.exit("odoo did not answer in 120 s")
        time.sleep(0.05)
    print(json.dumps({"services": round(time.monotonic() - began, 3)}))
finally:
    odoo.terminate()
    odoo.wait()
