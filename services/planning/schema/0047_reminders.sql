-- The ladder of reminders ends with the managers (policy C1, W12), as a version of its own: in force wherever no other version is, from a day
-- later than the one that the service came with.
INSERT INTO meeting_policies
  (name, reason, plan_days, agenda_lead_seconds, miss_seconds, minutes_days, most_postponements, most_carries, reminder_steps, state,
   start_time, version, publisher, publish_time, etag, create_time, update_time, creator, cost_variance_percent)
SELECT 'meetingPolicies/shipped-2', 'What is late for ten days goes to the managers.', plan_days, agenda_lead_seconds, miss_seconds,
   minutes_days, most_postponements, most_carries,
   '{"reminderSteps":[{"afterSeconds":"-86400","recipient":"RECIPIENT_OWNER"},{"recipient":"RECIPIENT_OWNER"},{"afterSeconds":"86400","recipient":"RECIPIENT_DEPUTY"},{"afterSeconds":"259200","recipient":"RECIPIENT_SUPERIOR"},{"afterSeconds":"604800","recipient":"RECIPIENT_CHAIR"},{"afterSeconds":"864000","recipient":"RECIPIENT_MANAGERS"}]}',
   state, '1970-01-02 00:00:00', (SELECT COUNT(*) + 1 FROM meeting_policies AS published WHERE published.state = 'STATE_PUBLISHED'), publisher,
   publish_time, etag, create_time, update_time, creator, cost_variance_percent
FROM meeting_policies WHERE name = 'meetingPolicies/shipped';
