# Customers ask while the activity runs; each question has an owner and clocks from the first moment (A3).

[inquiries]
manager CreateInquiryCategoryTree {"inquiryCategoryTreeId": "fair-${run}", "inquiryCategoryTree": {"reason": "The fair has people of its own",
  "categories": [{"path": "general", "displayName": "General"},
    {"path": "delivery", "displayName": "Delivery", "group": ["${specialist}"]},
    {"path": "delivery/gift", "displayName": "Gift boxes"}],
  "calendar": "calendars/default", "remindAfter": "57600s", "closeAfter": "144000s"}}
manager PublishInquiryCategoryTree {"name": "inquiryCategoryTrees/fair-${run}"}
  expect {"state": "STATE_PUBLISHED"}
shop ReceiveInquiry {"inquiry": {"kind": "KIND_INQUIRY", "category": "delivery/gift", "text": "When does my gift box come?",
  "customer": "c-1-${run}", "activity": "${activity}", "externalId": "t-1-${run}"}}
  answer question
  expect {"state": "STATE_OPEN", "owner": "*", "producer": "${shop}", "source": "${shop}", "queueTime": "*"}
  say ${shop:title} passes a question on: “${question.text}” It has an owner and a place in the queue at once. |
    ${shop:title}轉來一則提問：「${question.text}」立即有負責人與處理順位。
shop ReceiveInquiry {"inquiry": {"kind": "KIND_INQUIRY", "category": "delivery/gift", "text": "When does my gift box come?",
  "customer": "c-1-${run}", "activity": "${activity}", "externalId": "t-1-${run}"}}
  expect {"name": "${question.name}"}

[trouble]
manager BatchGetInquiries {"names": ["${question.name}"]}
  expect {"inquiries": [{"name": "${question.name}"}]}
technician GetInquiry {"name": "${question.name}"}
  refused NOT_FOUND
  say ${technician:title} looks for it, who has not raised it | ${technician:title}並未提出此提問，卻想查看

[inquiries]
specialist AnswerInquiry {"name": "${question.name}", "text": "Which day suits you?", "asks": true}
  expect {"state": "STATE_WAITING", "firstAnswerTime": "*"}
specialist NoteOnInquiry {"name": "${question.name}", "text": "The carrier is late this week."}
shop ReceiveCustomerMessage {"name": "${question.name}", "text": "Any day in the morning."}
  expect {"state": "STATE_OPEN"}
shop ListInquiryMessages {"parent": "${question.name}"}
  expect {"inquiryMessages": [{"kind": "KIND_ANSWER", "asks": true}, {"kind": "KIND_CUSTOMER"}]}
specialist ResolveInquiry {"name": "${question.name}", "text": "It comes tomorrow before noon."}
  expect {"state": "STATE_RESOLVED", "resolutionCount": 1}
  say ${specialist:title} asks back, hears from the customer, and resolves it; what the team notes for itself stays with the team. |
    ${specialist:title}反問顧客、得到回覆並予以解決；團隊的內部備註只留在團隊內。
shop ReceiveRating {"name": "${question.name}/resolutions/0001", "rating": 5, "comment": "Quick"}
  expect {"rating": 5, "rateTime": "*"}
analyst ComputeSatisfaction {"startTime": "${now-1h}", "endTime": "${now+1h}", "activity": "${activity}"}
  answer satisfaction
  expect {"resolutionCount": "1", "ratingCount": "1", "satisfiedCount": "1", "csat": 1, "responseRate": 1}
  say The customer gives ${satisfaction.satisfiedCount} of ${satisfaction.ratingCount} ratings with four or five points. |
    顧客的 ${satisfaction.ratingCount} 則評分中，有 ${satisfaction.satisfiedCount} 則為四分或五分。

[aside]
technician GetInquiryCategoryTree {"name": "inquiryCategoryTrees/fair-${run}"}
  expect {"version": "*", "publisher": "${manager}"}
technician ListInquiryCategoryTrees {"filter": "state = STATE_PUBLISHED"}
manager CreateInquiryCategoryTree {"inquiryCategoryTreeId": "slip-${run}", "inquiryCategoryTree": {"reason": "A slip",
  "categories": [{"path": "general", "displayName": "General"}], "calendar": "calendars/default", "remindAfter": "57600s",
  "closeAfter": "144000s"}}
manager UpdateInquiryCategoryTree {"inquiryCategoryTree": {"name": "inquiryCategoryTrees/slip-${run}", "reason": "Another slip"},
  "updateMask": "reason"}
manager DeleteInquiryCategoryTree {"name": "inquiryCategoryTrees/slip-${run}"}
technician ReceiveInquiry {"inquiry": {"kind": "KIND_INQUIRY", "category": "delivery", "text": "Who fetches the empty boxes?",
  "customer": "c-2-${run}", "source": "hotline", "externalId": "h-1-${run}"}}
  answer boxes
  expect {"department": "technology"}
technician ReceiveInquiry {"inquiry": {"kind": "KIND_INQUIRY", "category": "general", "text": "Who fetches the empty boxes today?",
  "customer": "c-2-${run}", "source": "hotline", "externalId": "h-2-${run}"}}
  answer today
technician ReceiveInquiry {"inquiry": {"kind": "KIND_INQUIRY", "category": "general", "text": "A mistake", "source": "hotline",
  "externalId": "h-3-${run}"}}
  answer mistake
technician RetractInquiry {"name": "${mistake.name}", "reason": "A mistake"}
  expect {"state": "STATE_CLOSED", "retractTime": "*"}
specialist ReassignInquiry {"name": "${boxes.name}", "owner": "${manager}", "reason": "She knows the carrier"}
  expect {"owner": "${manager}"}
specialist ReclassifyInquiry {"name": "${today.name}", "priority": "SERVICE_PRIORITY_URGENT", "category": "delivery"}
  expect {"priority": "SERVICE_PRIORITY_URGENT", "category": "delivery"}
specialist MergeInquiry {"name": "${boxes.name}", "into": "${today.name}", "reason": "The same boxes"}
  expect {"state": "STATE_MERGED", "mergedInto": "${today.name}"}
technician ListInquiries {"filter": "name = \"${today.name}\" AND state = STATE_OPEN", "orderBy": "queue_time"}
  expect {"inquiries": [{"name": "${today.name}"}]}
analyst GetInquiry {"name": "${today.name}"}
  expect {"text": "Who fetches the empty boxes today?"}
manager EraseCustomer {"customer": "c-2-${run}", "reference": "DSR-2026-118"}
  expect {"inquiryCount": 2}
analyst GetInquiry {"name": "${today.name}"}
  within 5
  expect {"text": "", "customer": ""}
analyst GetInquiryMessage {"name": "${question.name}/messages/000001"}
analyst GetInquiryResolution {"name": "${question.name}/resolutions/0001"}
analyst ListInquiryResolutions {"parent": "${question.name}"}
[]
