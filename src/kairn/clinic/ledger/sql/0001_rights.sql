REVOKE ALL ON ledger_entry, ledger_clinic, ledger_standing, ledger_booking, ledger_balance FROM PUBLIC, {role};
GRANT SELECT ON ledger_entry, ledger_clinic TO {role};
GRANT INSERT (clinic, stream, stream_kind, seq, event_id, kind, schema, occurred_at, by_id, by_name, by_role, sent_by_id, sent_by_name, sent_by_role, payload)
  ON ledger_entry TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger_standing, ledger_booking, ledger_balance TO {role};
GRANT EXECUTE ON FUNCTION ledger_open(uuid[], uuid[]) TO {role};
GRANT EXECUTE ON FUNCTION ledger_append(uuid[], jsonb, jsonb, jsonb) TO {role};
