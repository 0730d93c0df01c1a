# Goods that go elsewhere, to a person, or out of the books (S3, S4, W14).

[aside]
specialist CreateItemCategory {"itemCategoryId": "equipment-${run}", "itemCategory": {"displayName": "Office equipment",
  "rules": {"usage": "USAGE_DURABLE", "tracking": "TRACKING_SERIAL", "valuation": "VALUATION_FIFO", "expenseAccount": "6130"}}}
specialist CreateItem {"itemId": "camera-${run}", "item": {"displayName": "Camera", "category": "itemCategories/equipment-${run}",
  "unit": "piece", "currencyCode": "${currency}", "custodian": "${specialist}"}}
specialist CreateItem {"itemId": "tape-${run}", "item": {"displayName": "Tape", "category": "${category}", "unit": "roll",
  "currencyCode": "${currency}", "custodian": "${specialist}"}}
specialist CreateLocation {"locationId": "studio-${run}", "location": {"displayName": "Studio", "kind": "KIND_STORE", "owner": "${specialist}"}}
specialist CreateGoodsReceipt {"goodsReceipt": {"supplier": "Camera shop", "receiveDate": "${today}", "lines": [
  {"item": "items/camera-${run}", "quantity": "1", "costMinor": "2400000", "lotCode": "C-1"},
  {"item": "items/camera-${run}", "quantity": "1", "costMinor": "30000", "lotCode": "C-2"},
  {"item": "items/camera-${run}", "quantity": "1", "costMinor": "30000", "lotCode": "C-3"},
  {"item": "items/tape-${run}", "quantity": "100", "costMinor": "500000"}]}}
  answer equipment

# To another location: at once, or on its way meanwhile.
specialist CreateStockTransfer {"stockTransferId": "studio-${run}", "stockTransfer": {"fromLocation": "locations/main",
  "toLocation": "locations/studio-${run}", "reason": "The studio opens", "lines": [
  {"item": "items/camera-${run}", "lot": "${equipment.lines.0.lot}", "quantity": "1"}, {"item": "items/tape-${run}", "quantity": "20"}]}}
  expect {"state": "STATE_ARRIVED", "lines": [{"arrivedQuantity": "1"}, {"arrivedQuantity": "20"}]}
specialist CreateStockTransfer {"stockTransferId": "van-${run}", "stockTransfer": {"fromLocation": "locations/main",
  "toLocation": "locations/studio-${run}", "twoSteps": true, "lines": [{"item": "items/tape-${run}", "quantity": "30"}]}}
  expect {"state": "STATE_IN_TRANSIT"}
specialist ReceiveStockTransfer {"name": "stockTransfers/van-${run}", "arrived": [{"item": "items/tape-${run}", "quantity": "28"}],
  "reason": "Two rolls are missing"}
  expect {"state": "STATE_DIFFERENT", "lines": [{"quantity": "30", "arrivedQuantity": "28"}]}
specialist SettleStockTransfer {"name": "stockTransfers/van-${run}", "decision": "DECISION_LOST", "reason": "Nobody finds them"}
  refused PERMISSION_DENIED
manager SettleStockTransfer {"name": "stockTransfers/van-${run}", "decision": "DECISION_LOST", "reason": "Nobody finds them"}
  expect {"state": "STATE_SETTLED", "settler": "${manager}"}
analyst GetStockTransfer {"name": "stockTransfers/van-${run}"}
  expect {"decision": "DECISION_LOST"}
analyst ListStockTransfers {"filter": "to_location = \"locations/studio-${run}\" AND state = STATE_ARRIVED"}
  expect {"stockTransfers": [{"reason": "The studio opens"}]}

# To a person, who has it in custody.
specialist IssueStock {"subject": "activities/rehearsal-${run}", "holder": "${technician}", "lines": [
  {"item": "items/camera-${run}", "quantity": "1", "location": "locations/studio-${run}"},
  {"item": "items/tape-${run}", "quantity": "10"}]}
  answer issued
  expect {"reservations": [{"state": "STATE_CLOSED"}, {"custody": "*"}], "custodies": [{"holder": "${technician}", "keeper": "${specialist}",
    "state": "STATE_HANDED_OVER", "valueMinor": "2400000"}]}
technician AcceptCustody {"name": "${issued.custodies.0.name}", "countedQuantity": "1"}
  expect {"state": "STATE_HELD"}
specialist ReturnReservation {"name": "${issued.custodies.0.reservation}", "lines": [{"item": "items/camera-${run}", "quantity": "1"}]}
  refused IN_CUSTODY
specialist CreateReservation {"reservationId": "rehearsal-${run}", "reservation": {"subject": "activities/rehearsal-${run}",
  "expireTime": "${now+2d}", "lines": [{"item": "items/camera-${run}", "quantity": "2"}, {"item": "items/tape-${run}", "quantity": "5"}]}}
specialist ConfirmReservation {"name": "reservations/rehearsal-${run}"}
specialist HandOutReservation {"name": "reservations/rehearsal-${run}", "holder": "${technician}", "lines": [
  {"item": "items/camera-${run}", "quantity": "2"}, {"item": "items/tape-${run}", "quantity": "5"}]}
  answer handed
  expect {"reservation": {"state": "STATE_CLOSED"}, "custodies": [{"quantity": "2", "subject": "activities/rehearsal-${run}"}]}
technician ListCustodies {"filter": "holder = \"${technician}\" AND state = STATE_HANDED_OVER"}
  expect {"custodies": [{"valueMinor": "60000"}]}
specialist TakeBackCustody {"name": "${handed.custodies.0.name}", "quantity": "1", "condition": "RETURN_CONDITION_DAMAGED",
  "remark": "The lens is scratched"}
  expect {"damagedQuantity": "1", "valueMinor": "30000"}
technician ReportCustodyLoss {"name": "${handed.custodies.0.name}", "quantity": "1", "cause": "CAUSE_LOST", "reason": "Left in the train"}
  expect {"state": "STATE_BOOKED", "responsible": "${technician}", "lines": [{"valueMinor": "30000"}]}
analyst GetCustody {"name": "${handed.custodies.0.name}"}
  expect {"state": "STATE_ENDED", "lostQuantity": "1", "returnedQuantity": "1"}
technician ReportCustodyLoss {"name": "${issued.custodies.0.name}", "quantity": "1", "cause": "CAUSE_STOLEN", "reason": "Taken at the fair"}
  answer stolen
  expect {"state": "STATE_WAITING", "lines": [{"valueMinor": "2400000"}]}
manager RejectWriteOff {"name": "${stolen.name}", "reason": "The police has found it"}
  expect {"state": "STATE_REJECTED", "decider": "${manager}"}
specialist TakeBackReservation {"name": "${issued.reservations.0.name}", "lines": [
  {"item": "items/tape-${run}", "quantity": "3", "condition": "RETURN_CONDITION_GOOD"},
  {"item": "items/tape-${run}", "quantity": "2", "condition": "RETURN_CONDITION_DAMAGED"}]}
  expect {"lines": [{"returnedQuantity": "5"}]}

# Out of the books: above a value somebody else approves.
specialist CreateWriteOff {"writeOffId": "wet-${run}", "writeOff": {"cause": "CAUSE_DAMAGED", "reason": "The roof leaks",
  "lines": [{"item": "items/tape-${run}", "quantity": "4"}]}}
  expect {"state": "STATE_BOOKED", "lines": [{"valueMinor": "20000"}], "policy": "movementPolicies/default"}
manager CreateMovementPolicy {"movementPolicyId": "strict-${run}", "movementPolicy": {"reason": "Too much was lost",
  "writeOffLimits": [{"currencyCode": "${currency}", "amountMinor": "10000"}]}}
manager UpdateMovementPolicy {"movementPolicy": {"name": "movementPolicies/strict-${run}", "reason": "As agreed"}, "updateMask": "reason"}
manager PublishMovementPolicy {"name": "movementPolicies/strict-${run}"}
  expect {"state": "STATE_PUBLISHED"}
manager CreateMovementPolicy {"movementPolicyId": "mistake-${run}", "movementPolicy": {"reason": "A mistake"}}
manager DeleteMovementPolicy {"name": "movementPolicies/mistake-${run}"}
analyst GetMovementPolicy {"name": "movementPolicies/default"}
  expect {"version": 1}
analyst ListMovementPolicies {"filter": "state = STATE_PUBLISHED"}
specialist CreateWriteOff {"writeOffId": "torn-${run}", "writeOff": {"cause": "CAUSE_DAMAGED", "reason": "Torn", "responsible": "${technician}",
  "lines": [{"item": "items/tape-${run}", "quantity": "4"}]}}
  expect {"state": "STATE_WAITING", "policy": "movementPolicies/strict-${run}"}
manager ApproveWriteOff {"name": "writeOffs/torn-${run}", "reason": "Seen"}
  expect {"state": "STATE_BOOKED", "decider": "${manager}"}
specialist CreateWriteOff {"writeOffId": "dropped-${run}", "writeOff": {"cause": "CAUSE_LOST", "reason": "Gone",
  "lines": [{"item": "items/tape-${run}", "quantity": "4"}]}}
specialist WithdrawWriteOff {"name": "writeOffs/dropped-${run}", "reason": "Found"}
  expect {"state": "STATE_WITHDRAWN"}
analyst GetWriteOff {"name": "writeOffs/torn-${run}"}
  expect {"responsible": "${technician}"}
analyst ListWriteOffs {"filter": "state = STATE_WITHDRAWN"}

# What is used most is counted most often.
analyst ComputeCountCycle {"name": "locations/main"}
  expect {"policy": "countPolicies/default", "lines": "*"}
manager CreateCountPolicy {"countPolicyId": "weekly-${run}", "countPolicy": {"reason": "Gifts vanish", "classAShareBp": 8000,
  "classBShareBp": 9500, "classADays": 7, "classBDays": 90, "classCDays": 365, "sheetItems": 50}}
manager UpdateCountPolicy {"countPolicy": {"name": "countPolicies/weekly-${run}", "reason": "As agreed"}, "updateMask": "reason"}
manager PublishCountPolicy {"name": "countPolicies/weekly-${run}"}
  expect {"state": "STATE_PUBLISHED"}
manager CreateCountPolicy {"countPolicyId": "mistake-${run}", "countPolicy": {"reason": "A mistake", "classADays": 1, "classBDays": 1,
  "classCDays": 1, "sheetItems": 1}}
manager DeleteCountPolicy {"name": "countPolicies/mistake-${run}"}
analyst GetCountPolicy {"name": "countPolicies/default"}
  expect {"sheetItems": 50}
analyst ListCountPolicies {"filter": "state = STATE_PUBLISHED"}

# What it cost, and the lines of which that is the sum.
analyst ComputeStockReport {"scope": {"startDate": "${today}", "endDate": "${today}", "item": "items/tape-${run}"},
  "keys": ["STOCK_REPORT_KEY_SUBJECT"]}
  expect {"groups": [{"keys": [""], "receivedMinor": "500000", "lostMinor": "-50000"},
    {"keys": ["activities/rehearsal-${run}"], "usedMinor": "50000", "lineCount": "4"}]}
analyst ListStockReportLines {"scope": {"startDate": "${today}", "endDate": "${today}", "item": "items/tape-${run}",
  "subject": "activities/rehearsal-${run}"}}
  expect {"lines": [{"valueDeltaMinor": "-50000"}, {"valueDeltaMinor": "-25000"}, {"valueDeltaMinor": "15000"}, {"valueDeltaMinor": "10000"}]}
[]

# What a dearer invoice changed (25_resource_purchasing.story).
[purchasing]
analyst ListPriceDifferences {"filter": "item = \"${bags}\""}
  answer differences
analyst GetPriceDifference {"name": "${differences.priceDifferences.0.name}"}
  expect {"item": "${bags}", "differenceMinor": "*"}
[]
