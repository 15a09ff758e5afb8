"""The log of reads can only grow, and chains itself; nothing of people is ever deleted by the running role."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import migrations
from psycopg import sql

KEPT = (
    "user", "clinic", "membership", "patient", "patient_account", "care_team", "shift",
    "escort_link", "break_glass", "sign_in_failure", "device_sign_in",
)  # fmt: skip

CHAIN = r"""
CREATE FUNCTION people_access_text(r people_access_log) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, public AS $$
  SELECT string_agg(octet_length(convert_to(field, 'UTF8')) || ':' || field || ',', '' ORDER BY place)
  FROM unnest(ARRAY[
    r.clinic::text, r.position::text, ((extract(epoch FROM r.at) * 1000000)::bigint)::text, r.by_id, r.by_name, r.roles,
    r.relation, r.access, r.what, r.reason, array_to_string(r.patients, ' ')
  ]) WITH ORDINALITY AS parts(field, place)
$$;

CREATE FUNCTION people_access_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE head people_access_head%ROWTYPE;
BEGIN
  INSERT INTO people_access_head (clinic, position, hash) VALUES (NEW.clinic, 0, '\x'::bytea) ON CONFLICT (clinic) DO NOTHING;
  SELECT * INTO head FROM people_access_head WHERE clinic = NEW.clinic FOR UPDATE;
  NEW.position := head.position + 1;
  NEW.at := clock_timestamp();
  NEW.prev_hash := head.hash;
  NEW.hash := sha256(head.hash || convert_to(people_access_text(NEW), 'UTF8'));
  UPDATE people_access_head SET position = NEW.position, hash = NEW.hash WHERE clinic = NEW.clinic;
  RETURN NEW;
END $$;

CREATE FUNCTION people_access_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The log of reads only grows: % was refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER people_access_chain BEFORE INSERT ON people_access_log FOR EACH ROW EXECUTE FUNCTION people_access_chain();
CREATE TRIGGER people_access_rows BEFORE UPDATE OR DELETE ON people_access_log FOR EACH ROW EXECUTE FUNCTION people_access_refuse();
CREATE TRIGGER people_access_truncate BEFORE TRUNCATE ON people_access_log FOR EACH STATEMENT EXECUTE FUNCTION people_access_refuse();
"""

UNCHAIN = """
DROP FUNCTION people_access_chain() CASCADE;
DROP FUNCTION people_access_refuse() CASCADE;
DROP FUNCTION people_access_text(people_access_log);
"""

RIGHTS = """
GRANT SELECT, INSERT, UPDATE ON {kept} TO {role};
REVOKE DELETE, TRUNCATE ON {kept} FROM {role};
GRANT SELECT, INSERT ON people_access_log TO {role};
REVOKE UPDATE, DELETE, TRUNCATE ON people_access_log FROM {role};
GRANT SELECT ON people_access_head TO {role};
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON people_access_head FROM {role};
"""


def give_rights(apps: Any, schema_editor: Any) -> None:
    """What the running role may do with these tables; nothing to do where no such role exists."""
    role = settings.KAIRN_APP_ROLE
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [role])
        if cursor.fetchone() is None:
            return
        kept = sql.SQL(", ").join(sql.Identifier(f"people_{name}") for name in KEPT)
        cursor.execute(sql.SQL(RIGHTS).format(kept=kept, role=sql.Identifier(role)).as_string(None))


class Migration(migrations.Migration):
    """Triggers and rights."""

    dependencies = [("people", "0001_initial")]

    operations = [migrations.RunSQL(CHAIN, UNCHAIN), migrations.RunPython(give_rights, migrations.RunPython.noop)]
