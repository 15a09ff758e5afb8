CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Functions below look up tables by name; a temporary table of the same name must never stand in front.
SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);

-- Domains, because their checks are kept ready between statements; checks of a table are read anew for every insert.
CREATE DOMAIN ledger_kind AS text CHECK (VALUE IN ('patient', 'stock', 'clinic'));
CREATE DOMAIN ledger_word AS text CHECK (VALUE <> '');
CREATE DOMAIN ledger_count AS bigint CHECK (VALUE >= 1);
CREATE DOMAIN ledger_moment AS timestamptz CHECK (isfinite(VALUE) AND VALUE >= '0001-01-02Z' AND VALUE < '9999-12-31Z');
CREATE DOMAIN ledger_body AS jsonb CHECK (jsonb_typeof(VALUE) = 'object');
CREATE DOMAIN ledger_digest AS bytea CHECK (octet_length(VALUE) = 32);

CREATE TABLE ledger_entry (
  clinic       uuid          NOT NULL,
  stream       uuid          NOT NULL,
  stream_kind  ledger_kind   NOT NULL,
  seq          ledger_count  NOT NULL,
  event_id     uuid          NOT NULL,
  kind         ledger_word   NOT NULL,
  schema       ledger_count  NOT NULL,
  occurred_at  ledger_moment NOT NULL,
  recorded_at  ledger_moment NOT NULL,
  by_id        text          NOT NULL,
  by_name      text          NOT NULL,
  by_role      text          NOT NULL,
  sent_by_id   text          NOT NULL,
  sent_by_name text          NOT NULL,
  sent_by_role text          NOT NULL,
  payload      ledger_body   NOT NULL,
  position     ledger_count  NOT NULL,
  prev_hash    ledger_digest NOT NULL,
  hash         ledger_digest NOT NULL,
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
-- A row without a seq gets the next one; a row with another seq than the next is refused.
CREATE FUNCTION ledger_chain() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  tip record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('kairn clinic ' || NEW.clinic::text, 0));
  SELECT s.clinic, s.stream_kind, coalesce(s.seq, 0) + 1 AS next, coalesce(c.position, 0) + 1 AS place, coalesce(c.hash, decode(repeat('00', 32), 'hex')) AS hash INTO tip
    FROM (SELECT) AS one
    LEFT JOIN LATERAL (SELECT e.seq, e.clinic, e.stream_kind FROM ledger_entry e WHERE e.stream = NEW.stream ORDER BY e.seq DESC LIMIT 1) AS s ON true
    LEFT JOIN LATERAL (SELECT e.position, e.hash FROM ledger_entry e WHERE e.clinic = NEW.clinic ORDER BY e.position DESC LIMIT 1) AS c ON true;
  IF NEW.seq <> tip.next OR NEW.clinic <> tip.clinic OR NEW.stream_kind <> tip.stream_kind OR NEW.recorded_at IS NOT NULL THEN
    IF NEW.clinic <> tip.clinic OR NEW.stream_kind <> tip.stream_kind THEN
      RAISE EXCEPTION 'Stream % belongs to another clinic or is of another kind.', NEW.stream USING ERRCODE = 'integrity_constraint_violation';
    ELSIF NEW.seq <> tip.next THEN
      RAISE EXCEPTION 'Stream %: seq % does not follow %.', NEW.stream, NEW.seq, tip.next - 1 USING ERRCODE = 'unique_violation';
    ELSIF NOT EXISTS (SELECT 1 FROM ledger_clinic c WHERE c.clinic = NEW.clinic) THEN
      RAISE EXCEPTION 'Clinic % is live: its recorded times come from the clock.', NEW.clinic USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  NEW.seq := tip.next;
  NEW.recorded_at := coalesce(NEW.recorded_at, clock_timestamp());
  NEW.position := tip.place;
  NEW.prev_hash := tip.hash;
  NEW.hash := sha256(tip.hash || convert_to(json_build_array(
    NEW.clinic::text, NEW.position::text, NEW.stream::text, NEW.stream_kind, NEW.seq::text, NEW.event_id::text, NEW.kind, NEW.schema::text,
    to_char(NEW.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(NEW.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    NEW.by_id, NEW.by_name, NEW.by_role, NEW.sent_by_id, NEW.sent_by_name, NEW.sent_by_role, NEW.payload::text
  )::text, 'UTF8'));
  RETURN NEW;
END $$;

-- Whole appends in one statement, for the ordinary case: all ids new, every seq the next. In any other case it fails, and adds nothing.
CREATE FUNCTION ledger_append(streams uuid[], rows jsonb, standings jsonb, bookings jsonb)
RETURNS TABLE (event_id uuid, seq bigint, recorded_at timestamptz)
LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('kairn stream ' || ordered.one::text, 0))
    FROM (SELECT DISTINCT wanted FROM unnest(streams) AS wanted ORDER BY wanted OFFSET 0) AS ordered(one);
  IF standings IS NOT NULL THEN
    INSERT INTO ledger_standing SELECT * FROM jsonb_populate_recordset(NULL::ledger_standing, standings)
      ON CONFLICT (stream) DO UPDATE SET seq = EXCLUDED.seq, as_of = EXCLUDED.as_of, stage = EXCLUDED.stage, changes_at = EXCLUDED.changes_at, board = EXCLUDED.board;
    DELETE FROM ledger_booking b USING jsonb_to_recordset(standings) AS s(stream uuid) WHERE b.stream = s.stream
      AND NOT EXISTS (SELECT 1 FROM jsonb_populate_recordset(NULL::ledger_booking, bookings) w WHERE w = b);
    INSERT INTO ledger_booking SELECT w.* FROM jsonb_populate_recordset(NULL::ledger_booking, bookings) w
      WHERE NOT EXISTS (SELECT 1 FROM ledger_booking b WHERE b.visit = w.visit AND b = w);
  END IF;
  -- The entries come after what lists show of them, so that the clinic's head is held for as short as can be.
  RETURN QUERY INSERT INTO ledger_entry AS made (clinic, stream, stream_kind, seq, event_id, kind, schema, occurred_at,
      by_id, by_name, by_role, sent_by_id, sent_by_name, sent_by_role, payload)
    SELECT clinic, stream, stream_kind, seq, event_id, kind, schema, occurred_at, by_id, by_name, by_role, sent_by_id, sent_by_name, sent_by_role, payload
    FROM ROWS FROM (jsonb_to_recordset(rows) AS (clinic uuid, stream uuid, stream_kind text, seq bigint, event_id uuid, kind text, schema integer,
      occurred_at timestamptz, by_id text, by_name text, by_role text, sent_by_id text, sent_by_name text, sent_by_role text, payload jsonb))
    WITH ORDINALITY AS given(clinic, stream, stream_kind, seq, event_id, kind, schema, occurred_at,
      by_id, by_name, by_role, sent_by_id, sent_by_name, sent_by_role, payload, place) ORDER BY place
    RETURNING made.event_id, made.seq::bigint, made.recorded_at::timestamptz;
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
