REVOKE ALL ON ledger_file, ledger_protocol FROM PUBLIC, {role};
GRANT SELECT, INSERT ON ledger_file TO {role};
GRANT SELECT ON ledger_protocol TO {role};
GRANT INSERT (content_hash, protocol, version, grammar, files) ON ledger_protocol TO {role};
