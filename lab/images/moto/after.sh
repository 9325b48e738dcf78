# One server is wanted; what else a Debian needs only costs room.
set -eu
# moto takes a change of a lock's default retention for an empty bucket only (5.1.1); S3 takes it for any that has locks.
models=$1/usr/lib/python3/dist-packages/moto/s3/models.py
sed -i 's/if bucket.keys.item_size() > 0:$/if bucket.keys.item_size() > 0 and not bucket.object_lock_enabled:/' "$models"
grep -q 'item_size() > 0 and not bucket.object_lock_enabled:$' "$models"
# Looking for who may write logs it stumbles over a statement for everybody, whose principal is text (5.1.1).
sed -i 's/stmt.get("Principal", {}).get("Service")/dict(p if isinstance(p := stmt.get("Principal"), dict) else {}).get("Service")/' "$models"
grep -q 'isinstance(p := stmt.get("Principal"), dict)' "$models"
# A hosted zone's id begins with Z at AWS, and here with any letter (5.1.1).
zones=$1/usr/lib/python3/dist-packages/moto/route53/models.py
sed -i 's/return "".join(\[random.choice(ROUTE53_ID_CHOICE) for _ in range(0, 15)\])/return "Z" + "".join([random.choice(ROUTE53_ID_CHOICE) for _ in range(0, 14)])/' "$zones"
grep -q 'return "Z" + ' "$zones"
# moto keeps a replication whole and answers with a part of it (5.1.1): answered whole, what is read back can be
# compared with what was set.
cat >>"$1/usr/lib/python3/dist-packages/moto/s3/responses.py" <<'PYTHON'

S3_REPLICATION_CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
{%- macro show(value) -%}
{%- if value is mapping -%}
{%- for name, each in value.items() if not name.startswith("@") -%}
{%- for item in (each if each is sequence and each is not string and each is not mapping else [each]) -%}
<{{ name }}>{{ show(item) }}</{{ name }}>
{%- endfor -%}
{%- endfor -%}
{%- elif value is not none -%}{{ value }}{%- endif -%}
{%- endmacro -%}
<ReplicationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{{ show(replication) }}</ReplicationConfiguration>
"""
PYTHON
chroot "$1" sh -c 'cd /usr/lib/python3/dist-packages/moto && python3 -m py_compile s3/responses.py s3/models.py route53/models.py'
chroot "$1" moto_server --help >/dev/null
rm -rf "$1/var/lib/apt/lists" "$1/var/cache/apt" "$1/usr/share/perl" "$1/usr/share/javascript"
