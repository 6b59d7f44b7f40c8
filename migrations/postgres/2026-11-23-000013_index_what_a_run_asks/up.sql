-- What an ordinary run asks of the launches, so that it costs no more at a million of them than at a thousand: which
-- are upcoming, which flew last and lately, and which instant is the latest.
CREATE INDEX raw_launches_living_flight_number ON raw_launches (upcoming, flight_number) WHERE deleted_at IS NULL;
CREATE INDEX raw_launches_living_date_utc ON raw_launches (date_utc) WHERE deleted_at IS NULL;
CREATE INDEX raw_launches_updated_at ON raw_launches (updated_at);
CREATE INDEX raw_launches_deleted_at ON raw_launches (deleted_at) WHERE deleted_at IS NOT NULL;
