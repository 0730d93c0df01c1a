# What is collected follows a plan (M1): a schema quarantines what is not as agreed, and a replay heals it.

person fairTill PRODUCER producers/fair-till-${run}
  title The till of the fair | 市集收銀機

[aside]
analyst CreateEventSchema {"eventSchemaId": "payment-${run}", "eventSchema": {"eventName": "fair.payment", "amount": "AMOUNT_MINOR",
  "currencyCode": "TWD", "identity": "IDENTITY_EVENT_ID", "allowedLateness": "172800s", "properties": [
    {"key": "channel", "place": "PLACE_DIMENSION", "required": true, "allowedValues": ["wecom"]},
    {"key": "quantity", "place": "PLACE_PROPERTY", "type": "TYPE_INTEGER", "minimum": "1"}]}}
  expect {"state": "STATE_DRAFT", "allowedVerbs": ["activate"]}
analyst UpdateEventSchema {"eventSchema": {"name": "eventSchemas/payment-${run}", "properties": [
    {"key": "channel", "place": "PLACE_DIMENSION", "required": true, "allowedValues": ["wecom", "live"]},
    {"key": "quantity", "place": "PLACE_PROPERTY", "type": "TYPE_INTEGER", "minimum": "1"}]}, "updateMask": "properties"}
analyst ActivateEventSchema {"name": "eventSchemas/payment-${run}", "reason": "Agreed with who runs the till"}
  expect {"state": "STATE_ACTIVE", "version": 1, "allowedVerbs": ["retire"]}
analyst UpdateEventSchema {"eventSchema": {"name": "eventSchemas/payment-${run}", "closed": true}, "updateMask": "closed"}
  refused RULES_IMMUTABLE
fairTill GetEventSchema {"name": "eventSchemas/payment-${run}"}
analyst ListEventSchemas {"filter": "event_name = \"fair.payment\" AND state = STATE_ACTIVE"}

# Of four payments one is as agreed; one has a key that is spelled wrong, one another currency, and one tells a telephone number.
let payments {"producer": "${fairTill}", "sequence": 1, "events": [
  {"eventId": "p1", "eventName": "fair.payment", "user": "u1", "occurTime": "${now}", "dimensions": {"channel": "wecom"},
    "properties": {"quantity": "2"}, "valueMinor": 110000, "currencyCode": "TWD"},
  {"eventId": "p2", "eventName": "fair.payment", "user": "u2", "occurTime": "${now}", "dimensions": {"chanel": "live"},
    "valueMinor": 110000, "currencyCode": "TWD"},
  {"eventId": "p3", "eventName": "fair.payment", "user": "u3", "occurTime": "${now}", "dimensions": {"channel": "live"},
    "valueMinor": 3500, "currencyCode": "USD"},
  {"eventId": "p4", "eventName": "fair.payment", "user": "u4", "occurTime": "${now}", "dimensions": {"channel": "live"},
    "properties": {"note": "0912-345-678"}, "valueMinor": 110000, "currencyCode": "TWD"}]}
fairTill IngestEvents "${payments}"
  expect {"acceptedCount": 1, "quarantinedCount": 3}
fairTill ListDeadLetters {"filter": "reason = REASON_PROPERTY_MISSING"}
  answer letters
  expect {"deadLetters": [{"position": 1, "event": {"dimensions": {"chanel": "live"}}, "state": "STATE_OPEN"}]}
analyst GetDeadLetter {"name": "${letters.deadLetters.0.name}"}
  expect {"violations": [{"reason": "REASON_PROPERTY_MISSING", "field": "dimensions[channel]"}]}
specialist SummarizeDeadLetters {"producer": "${fairTill}"}
  expect {"totalCount": "3"}
analyst ReplayDeadLetters {"selection": {"producer": "${fairTill}"}, "repair": {"renamedKeys": {"chanel": "channel"}}, "dryRun": true,
  "reason": "Spelled wrong until version 7 of the till"}
  expect {"replayedCount": 1, "openCount": 2}
analyst ReplayDeadLetters {"selection": {"producer": "${fairTill}"}, "repair": {"renamedKeys": {"chanel": "channel"}},
  "reason": "Spelled wrong until version 7 of the till"}
  expect {"replayedCount": 1, "openCount": 2}
analyst ReplayDeadLetters {"selection": {"names": ["${letters.deadLetters.0.name}"]}, "reason": "Once more"}
  expect {"replayedCount": 0, "openCount": 0}
analyst DiscardDeadLetters {"selection": {"producer": "${fairTill}", "reason": "REASON_PERSONAL_DATA"},
  "reason": "A note that nobody may keep"}
  expect {"discardedCount": 1}
fairTill GetBatchAccount {"name": "${fairTill}/batchAccounts/1"}
  expect {"deliveredCount": "4", "acceptedCount": "2", "quarantinedCount": "1", "discardedCount": "1"}
fairTill ListBatchAccounts {"parent": "${fairTill}"}
fairTill ListDeliveryAccounts {"parent": "${fairTill}", "filter": "event_name = \"fair.payment\""}
  expect {"deliveryAccounts": [{"deliveredCount": "4", "acceptedCount": "2"}]}
# The same payment again, in another batch, is known by its id.
fairTill IngestEvents {"producer": "${fairTill}", "sequence": 2, "events": [
  {"eventId": "p1", "eventName": "fair.payment", "user": "u1", "occurTime": "${now}", "dimensions": {"channel": "wecom"},
    "valueMinor": 110000, "currencyCode": "TWD"}]}
  expect {"acceptedCount": 0, "duplicateCount": 1}

# Names that nobody has planned are counted, or refused where that is wanted.
fairTill IngestEvents {"producer": "${fairTill}", "sequence": 3, "events": [
  {"eventName": "drawer.open", "user": "u1", "occurTime": "${now}"}]}
fairTill ListPlanDeviations {}
  expect {"planDeviations": [{"eventName": "drawer.open", "reason": "REASON_UNPLANNED_NAME", "count": "1"}]}
analyst UpdateProducer {"producer": {"name": "${fairTill}", "refusesUnplanned": true}, "updateMask": "refusesUnplanned"}
fairTill IngestEvents {"producer": "${fairTill}", "sequence": 4, "events": [
  {"eventName": "drawer.open", "user": "u1", "occurTime": "${now}"}]}
  refused INVALID_FIELDS
analyst RetireEventSchema {"name": "eventSchemas/payment-${run}", "reason": "The fair is over"}
  expect {"state": "STATE_RETIRED"}
analyst CreateEventSchema {"eventSchemaId": "draft-${run}", "eventSchema": {"measurementName": "queue"}}
analyst DeleteEventSchema {"name": "eventSchemas/draft-${run}"}

# What looks like personal data is a rule set.
analyst ListPersonalDataPolicies {"filter": "state = STATE_PUBLISHED"}
engineer GetPersonalDataPolicy {"name": "personalDataPolicies/default"}
  expect {"version": 1, "state": "STATE_PUBLISHED"}
analyst CreatePersonalDataPolicy {"personalDataPolicyId": "v2-${run}", "personalDataPolicy": {"reason": "Mail alone",
  "patterns": [{"title": "mail", "pattern": "[^@ ]+@[^@ ]+"}]}}
analyst UpdatePersonalDataPolicy {"personalDataPolicy": {"name": "personalDataPolicies/v2-${run}", "patterns": [
  {"title": "mail", "pattern": "[^@ ]+@[^@ ]+"}, {"title": "passport", "pattern": "[0-9]{9}("}]}, "updateMask": "patterns"}
  refused INVALID_FIELDS
analyst UpdatePersonalDataPolicy {"personalDataPolicy": {"name": "personalDataPolicies/v2-${run}", "reason": "Mail and nothing else"},
  "updateMask": "reason"}
analyst PublishPersonalDataPolicy {"name": "personalDataPolicies/v2-${run}"}
  expect {"version": 2}
analyst CreatePersonalDataPolicy {"personalDataPolicyId": "v3-${run}", "personalDataPolicy": {"reason": "Never mind"}}
analyst DeletePersonalDataPolicy {"name": "personalDataPolicies/v3-${run}"}

# How far a name is closed, and what producers say that they have delivered.
fairTill DeclareControlTotals {"name": "${fairTill}", "date": "${today}", "totals": [{"eventName": "drawer.open", "declaredCount": 1}]}
  expect {"controlTotals": [{"arrivedCount": "1", "agrees": true}]}
analyst DeclareControlTotals {"name": "${fairTill}", "date": "${today}", "totals": [{"eventName": "drawer.open", "declaredCount": 2}]}
  expect {"controlTotals": [{"declaredCount": "2", "agrees": false}]}
fairTill ListControlTotals {"parent": "${fairTill}"}
  expect {"controlTotals": [{"declaredCount": "2"}]}
specialist ComputeWatermark {"eventName": "drawer.open"}
  expect {"becauseOf": ["${fairTill}"], "marks": [{"producer": "${fairTill}", "time": "*"}]}
fairTill DeclareComplete {"name": "${fairTill}", "completeTime": "${now-1m}"}
specialist ComputeWatermark {"eventName": "drawer.open"}
  expect {"marks": [{"declared": true}]}
fairTill DeclareComplete {"name": "${fairTill}", "completeTime": "${now-2m}"}
  refused COMPLETE_TIME_BACK
analyst ScoreSeries {"time": "${now}", "value": 3}
  expect {"alert": false}
