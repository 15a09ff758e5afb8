-- Every byte a published protocol rests on. A file is kept once, under its own digest, and the database itself refuses one that is not it.
CREATE TABLE ledger_file (
  digest ledger_digest PRIMARY KEY,
  body   bytea         NOT NULL,
  CONSTRAINT ledger_file_digest CHECK (digest = sha256(body))
);

CREATE DOMAIN ledger_hex AS text CHECK (VALUE ~ '^[0-9a-f]{64}$');

-- One protocol by the hash of all it reaches; `files` is its manifest, name -> hexadecimal digest.
CREATE TABLE ledger_protocol (
  content_hash ledger_hex  PRIMARY KEY,
  protocol     ledger_word NOT NULL,
  version      ledger_word NOT NULL,
  grammar      ledger_word NOT NULL,
  files        ledger_body NOT NULL,
  kept_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);

COMMENT ON TABLE ledger_protocol IS 'Protocols as they were proposed and published, to the byte. Rows are added and never changed.';

CREATE TRIGGER ledger_change BEFORE UPDATE OR DELETE ON ledger_file FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_truncate BEFORE TRUNCATE ON ledger_file FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_change BEFORE UPDATE OR DELETE ON ledger_protocol FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_truncate BEFORE TRUNCATE ON ledger_protocol FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
