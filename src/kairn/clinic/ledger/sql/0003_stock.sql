SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- The least a lot ever held, replayed in the order things happened: a late entry may not take what was not there yet.
ALTER TABLE ledger_balance ADD COLUMN lowest numeric NOT NULL DEFAULT 0;
ALTER TABLE ledger_balance ALTER COLUMN lowest DROP DEFAULT;
ALTER TABLE ledger_balance ADD CONSTRAINT ledger_balance_lowest CHECK (lowest >= 0 AND lowest <= amount);
CREATE INDEX ledger_balance_clinic ON ledger_balance (clinic);

CREATE INDEX ledger_entry_stock_time ON ledger_entry (clinic, occurred_at) WHERE stream_kind = 'stock';
CREATE INDEX ledger_entry_stock_visit ON ledger_entry ((payload->>'visit')) WHERE stream_kind = 'stock';

-- Nobody is their own second person, whatever program writes the row.
CREATE FUNCTION ledger_second() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM ledger_entry e
    WHERE e.event_id = (NEW.payload->>'entry')::uuid AND e.stream = NEW.stream
      AND NEW.by_id NOT IN (e.by_id, e.sent_by_id) AND NEW.sent_by_id NOT IN (e.by_id, e.sent_by_id)
  ) THEN
    RAISE EXCEPTION 'Entry % has no second person in this: % entered it, or it is not in this stream.', NEW.payload->>'entry', NEW.by_name
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_second';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER ledger_second BEFORE INSERT ON ledger_entry FOR EACH ROW WHEN (NEW.kind = 'stock.witnessed') EXECUTE FUNCTION ledger_second();
