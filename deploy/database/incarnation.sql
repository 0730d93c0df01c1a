-- What is run in each schema once a replay has ended, before anybody else may write: positions of events that were lost will be given anew, and
-- readers that have seen the lost ones are told by the log's incarnation (common/event/event_log.h).
INSERT INTO event_incarnation (name, last_position, end_time) SELECT incarnation, position, UTC_TIMESTAMP(6) FROM event_position WHERE id = 1;
UPDATE event_position SET incarnation = UUID() WHERE id = 1;
