SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- News of a list: told beside those of the chart, and only where what lists show of a person has changed. A monitor's row changes no list.
CREATE FUNCTION ledger_listed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('kairn_news', json_build_object('stream', NEW.stream, 'seq', NEW.seq, 'clinic', NEW.clinic, 'listed', true)::text);
  RETURN NULL;
END $$;

CREATE TRIGGER ledger_listed_first AFTER INSERT ON ledger_standing FOR EACH ROW EXECUTE FUNCTION ledger_listed();
CREATE TRIGGER ledger_listed AFTER UPDATE ON ledger_standing FOR EACH ROW
  WHEN (OLD.board IS DISTINCT FROM NEW.board OR OLD.stage <> NEW.stage) EXECUTE FUNCTION ledger_listed();
