# One server is wanted; what else a Debian needs only costs room.
set -eu
# moto takes a change of a lock's default retention for an empty bucket only (5.1.1); S3 takes it for any that has locks.
models=$1/usr/lib/python3/dist-packages/moto/s3/models.py
sed -i 's/if bucket.keys.item_size() > 0:$/if bucket.keys.item_size() > 0 and not bucket.object_lock_enabled:/' "$models"
grep -q 'item_size() > 0 and not bucket.object_lock_enabled:$' "$models"
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
chroot "$1" sh -c 'cd /usr/lib/python3/dist-packages/moto/s3 && python3 -m py_compile responses.py models.py'
chroot "$1" moto_server --help >/dev/null
rm -rf "$1/var/lib/apt/lists" "$1/var/cache/apt" "$1/usr/share/perl" "$1/usr/share/javascript"
