CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Functions below look up tables by name; a temporary table of the same name must never stand in front.
SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

CREATE TABLE ledger_entry (
  clinic       uuid        NOT NULL,
  stream       uuid        NOT NULL,
  stream_kind  text        NOT NULL CHECK (stream_kind IN ('patient', 'stock', 'clinic')),
  seq          bigint      NOT NULL CHECK (seq >= 1),
  event_id     uuid        NOT NULL,
  kind         text        NOT NULL CHECK (kind <> ''),
  schema       integer     NOT NULL CHECK (schema >= 1),
  occurred_at  timestamptz NOT NULL CHECK (isfinite(occurred_at) AND occurred_at >= '0001-01-02Z' AND occurred_at < '9999-12-31Z'),
  recorded_at  timestamptz NOT NULL CHECK (isfinite(recorded_at) AND recorded_at >= '0001-01-02Z' AND recorded_at < '9999-12-31Z'),
  by_id        text        NOT NULL,
  by_name      text        NOT NULL,
  by_role      text        NOT NULL,
  sent_by_id   text        NOT NULL,
  sent_by_name text        NOT NULL,
  sent_by_role text        NOT NULL,
  payload      jsonb       NOT NULL CHECK (jsonb_typeof(payload) = 'object'),
  position     bigint      NOT NULL CHECK (position >= 1),
  prev_hash    bytea       NOT NULL CHECK (octet_length(prev_hash) = 32),
  hash         bytea       NOT NULL CHECK (octet_length(hash) = 32),
  CONSTRAINT ledger_entry_event UNIQUE (event_id),
  CONSTRAINT ledger_entry_place UNIQUE (stream, seq),
  CONSTRAINT ledger_entry_chain UNIQUE (clinic, position)
);

COMMENT ON TABLE ledger_entry IS 'What happened. Rows are added and never changed; each carries the hash of the row before it in its clinic.';

-- Where recorded times were written by the owner instead of the clock, the clinic is named here for ever.
CREATE TABLE ledger_clinic (
  clinic  uuid        PRIMARY KEY,
  mode    text        NOT NULL CHECK (mode IN ('demo', 'restored')),
  said_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Streams are locked in uuid order, so that two appends never wait for each other in a ring.
-- The known ids are read after the locks are held: a repeat that waited here sees the first one's rows.
CREATE FUNCTION ledger_open(streams uuid[], ids uuid[])
RETURNS TABLE (stream uuid, seq bigint, known boolean, now timestamptz)
LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE one uuid; known_ids boolean;
BEGIN
  FOR one IN SELECT DISTINCT wanted FROM unnest(streams) AS wanted ORDER BY wanted LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended('kairn stream ' || one::text, 0));
  END LOOP;
  SELECT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.event_id = ANY (ids)) INTO known_ids;
  RETURN QUERY
    SELECT wanted, coalesce((SELECT e.seq FROM ledger_entry e WHERE e.stream = wanted ORDER BY e.seq DESC LIMIT 1), 0), known_ids, clock_timestamp()
    FROM (SELECT DISTINCT w FROM unnest(streams) AS w) AS all_of_them(wanted);
END $$;

-- The clinic's head is locked here, at the insert, and so after every stream lock. Whoever inserts next waits for this commit.
CREATE FUNCTION ledger_chain() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  tip record;
  head record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('kairn clinic ' || NEW.clinic::text, 0));
  SELECT e.seq, e.clinic, e.stream_kind INTO tip FROM ledger_entry e WHERE e.stream = NEW.stream ORDER BY e.seq DESC LIMIT 1;
  IF tip.seq IS NOT NULL AND (tip.clinic <> NEW.clinic OR tip.stream_kind <> NEW.stream_kind) THEN
    RAISE EXCEPTION 'Stream % belongs to another clinic or is of another kind.', NEW.stream USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.seq IS DISTINCT FROM coalesce(tip.seq, 0) + 1 THEN
    RAISE EXCEPTION 'Stream %: seq % does not follow %.', NEW.stream, NEW.seq, coalesce(tip.seq, 0) USING ERRCODE = 'unique_violation';
  END IF;
  IF NEW.recorded_at IS NULL THEN
    NEW.recorded_at := clock_timestamp();
  ELSIF NOT EXISTS (SELECT 1 FROM ledger_clinic c WHERE c.clinic = NEW.clinic) THEN
    RAISE EXCEPTION 'Clinic % is live: its recorded times come from the clock.', NEW.clinic USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT e.position, e.hash INTO head FROM ledger_entry e WHERE e.clinic = NEW.clinic ORDER BY e.position DESC LIMIT 1;
  NEW.position := coalesce(head.position, 0) + 1;
  NEW.prev_hash := coalesce(head.hash, decode(repeat('00', 32), 'hex'));
  NEW.hash := sha256(NEW.prev_hash || convert_to(json_build_array(
    NEW.clinic::text, NEW.position::text, NEW.stream::text, NEW.stream_kind, NEW.seq::text, NEW.event_id::text, NEW.kind, NEW.schema::text,
    to_char(NEW.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(NEW.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    NEW.by_id, NEW.by_name, NEW.by_role, NEW.sent_by_id, NEW.sent_by_name, NEW.sent_by_role, NEW.payload::text
  )::text, 'UTF8'));
  RETURN NEW;
END $$;

-- A whole append in one statement, for the ordinary case: all ids new, all expectations met. Otherwise it adds nothing and answers no rows.
CREATE FUNCTION ledger_append(rows jsonb, streams uuid[], ids uuid[], expected uuid[], seen bigint[])
RETURNS TABLE (event_id uuid, seq bigint, recorded_at timestamptz)
LANGUAGE plpgsql SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE tips uuid[]; heads bigint[]; r jsonb; place integer;
BEGIN
  SELECT array_agg(o.stream), array_agg(o.seq) INTO tips, heads FROM ledger_open(streams, ids) o WHERE NOT o.known;
  IF tips IS NULL THEN
    RETURN;
  END IF;
  FOR place IN 1 .. cardinality(expected) LOOP
    IF heads[array_position(tips, expected[place])] <> seen[place] THEN
      RETURN;
    END IF;
  END LOOP;
  FOR r IN SELECT * FROM jsonb_array_elements(rows) LOOP
    place := array_position(tips, (r->>'stream')::uuid);
    heads[place] := heads[place] + 1;
    INSERT INTO ledger_entry AS made (clinic, stream, stream_kind, seq, event_id, kind, schema, occurred_at,
      by_id, by_name, by_role, sent_by_id, sent_by_name, sent_by_role, payload)
    VALUES ((r->>'clinic')::uuid, tips[place], r->>'stream_kind', heads[place], (r->>'event_id')::uuid, r->>'kind', (r->>'schema')::integer,
      (r->>'occurred_at')::timestamptz, r->>'by_id', r->>'by_name', r->>'by_role', r->>'sent_by_id', r->>'sent_by_name', r->>'sent_by_role', r->'payload')
    RETURNING made.event_id, made.seq, made.recorded_at INTO event_id, seq, recorded_at;
    RETURN NEXT;
  END LOOP;
END $$;

CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The ledger only grows: % was refused. Strike an entry out with entered-in-error instead.', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION ledger_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('kairn_news', json_build_object('stream', stream, 'seq', max(seq), 'clinic', clinic)::text) FROM fresh GROUP BY clinic, stream;
  RETURN NULL;
END $$;

CREATE TRIGGER ledger_chain BEFORE INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_chain();
CREATE TRIGGER ledger_change BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_truncate BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_news AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_news();

-- Projections: written beside the entries they follow from, rebuildable, never the ground of a gate.
CREATE TABLE ledger_standing (
  stream     uuid        PRIMARY KEY,
  clinic     uuid        NOT NULL,
  seq        bigint      NOT NULL,
  as_of      timestamptz NOT NULL,
  stage      text        NOT NULL,
  changes_at timestamptz,
  board      jsonb       NOT NULL
);
CREATE INDEX ledger_standing_stage ON ledger_standing (clinic, stage);
CREATE INDEX ledger_standing_changes ON ledger_standing (changes_at) WHERE changes_at IS NOT NULL;

CREATE TABLE ledger_booking (
  visit     uuid        PRIMARY KEY,
  stream    uuid        NOT NULL,
  clinic    uuid        NOT NULL,
  chair     text        NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at   timestamptz NOT NULL,
  live      boolean     NOT NULL,
  CONSTRAINT ledger_booking_forward CHECK (starts_at < ends_at),
  CONSTRAINT ledger_booking_chair EXCLUDE USING gist (clinic WITH =, chair WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (live AND chair <> '')
);
CREATE INDEX ledger_booking_stream ON ledger_booking (stream);
CREATE INDEX ledger_booking_day ON ledger_booking (clinic, starts_at);

-- numeric NaN sorts above every number, so the upper bound also keeps it out.
CREATE TABLE ledger_balance (
  stream   uuid    PRIMARY KEY,
  clinic   uuid    NOT NULL,
  unit     text    NOT NULL,
  amount   numeric NOT NULL,
  received numeric NOT NULL,
  CONSTRAINT ledger_balance_received CHECK (received >= 0 AND received < 'Infinity'::numeric),
  CONSTRAINT ledger_balance_amount CHECK (amount >= 0 AND amount <= received)
);
