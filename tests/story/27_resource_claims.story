# Money of other currencies, and what people have paid and get back (S5).

let stickers receipt-of-stickers-${run}
let taxi receipt-of-taxi-${run}

[claims]
specialist CreateBudget {"budgetId": "outlays-${run}", "budget": {"displayName": "Small outlays", "costCenter": "outlays-${run}",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": 1000000}}
manager ApproveBudget {"name": "budgets/outlays-${run}"}
technician CreateExpenseClaim {"expenseClaimId": "stickers-${run}", "expenseClaim": {"purpose": "Stickers for the fair",
  "costCenter": "outlays-${run}", "subject": "${project}", "lines": [
    {"date": "${today}", "expenseAccount": "samples", "description": "A sticker", "amountMinor": 3500, "currencyCode": "${currency}"}]}}

[trouble]
technician SubmitExpenseClaim {"name": "expenseClaims/stickers-${run}"}
  refused CLAIM_AGAINST_POLICY
  say ${technician:title} claims what stickers cost, without a receipt | ${technician:title}未附收據即報銷貼紙費用

[claims]
technician UpdateExpenseClaim {"expenseClaim": {"name": "expenseClaims/stickers-${run}", "lines": [
    {"date": "${today}", "expenseAccount": "samples", "description": "Stickers", "amountMinor": 3500, "currencyCode": "${currency}",
      "receipt": {"vendor": "Sticker Co ${run}", "number": "S-1-${run}", "date": "${today}", "totalMinor": 3500,
        "fileSha256": "${stickers:sha256}"}}]}, "updateMask": "lines"}
technician SubmitExpenseClaim {"name": "expenseClaims/stickers-${run}"}
  answer claim
  expect {"state": "STATE_SUBMITTED", "holder": "${technician}", "bookings": [{"budget": "budgets/outlays-${run}", "amountMinor": "3500"}],
    "lines": [{"bookedMinor": "3500", "policy": "expensePolicies/default"}]}

[trouble]
accountant CreateExpenseClaim {"expenseClaimId": "again-${run}", "expenseClaim": {"purpose": "Stickers", "costCenter": "outlays-${run}", "lines": [
    {"date": "${today}", "expenseAccount": "samples", "amountMinor": 3500, "currencyCode": "${currency}",
      "receipt": {"vendor": "ＳＴＩＣＫＥＲ　ＣＯ ${run}", "number": "s-1-${run}", "date": "${today}", "totalMinor": 3500,
        "fileSha256": "${taxi:sha256}"}}]}}
accountant SubmitExpenseClaim {"name": "expenseClaims/again-${run}"}
  refused DUPLICATE_RECEIPT
  say ${accountant:title} claims the same receipt, spelled in another way | ${accountant:title}以另一種寫法報銷同一張收據

[claims]
manager ApproveExpenseClaim {"name": "expenseClaims/stickers-${run}"}
  expect {"state": "STATE_APPROVED", "approver": "${manager}"}
manager PayExpenseClaim {"name": "expenseClaims/stickers-${run}", "paymentReference": "T-1001"}
  answer paid
  expect {"state": "STATE_PAID", "payer": "${manager}"}
  say ${technician:title} gets ${claim.bookings.0.amountMinor:money} back for stickers. | ${technician:title}報銷貼紙費用，獲付
    ${claim.bookings.0.amountMinor:money}。

[aside]
# Three lines of USD 0.35 at 32.415 are 34.05: each is rounded.
specialist CreateExchangeRate {"exchangeRateId": "mistake-${run}", "exchangeRate": {"currencyCode": "USD", "quoteCurrencyCode": "TWD",
  "rateDate": "${today}", "rate": "3.2415", "source": "Bank of Taiwan, spot selling"}}
manager WithdrawExchangeRate {"name": "exchangeRates/mistake-${run}", "reason": "The point is in the wrong place"}
  expect {"state": "STATE_WITHDRAWN"}
specialist CreateExchangeRate {"exchangeRateId": "usd-${run}", "exchangeRate": {"currencyCode": "USD", "quoteCurrencyCode": "TWD",
  "rateDate": "${today}", "rate": "32.415", "source": "Bank of Taiwan, spot selling"}}
analyst GetExchangeRate {"name": "exchangeRates/usd-${run}"}
  expect {"rate": "32.415", "state": "STATE_IN_FORCE", "creator": "${specialist}"}
analyst ListExchangeRates {"filter": "currency_code = \"USD\""}
analyst ConvertAmount {"amountMinor": "35", "currencyCode": "USD", "quoteCurrencyCode": "TWD"}
  expect {"convertedMinor": "1135", "conversion": {"path": "PATH_DIRECT", "steps": [{"rate": "32.415"}]}}
accountant CreateExpenseClaim {"expenseClaimId": "rides-${run}", "expenseClaim": {"purpose": "To the printer", "costCenter": "outlays-${run}",
  "lines": [
    {"date": "${today}", "expenseAccount": "taxi", "amountMinor": 35, "currencyCode": "USD",
      "receipt": {"vendor": "Taxi", "date": "${today}", "totalMinor": 70, "fileSha256": "${taxi:sha256}"}},
    {"date": "${today}", "expenseAccount": "taxi", "amountMinor": 35, "currencyCode": "USD",
      "receipt": {"vendor": "Taxi", "date": "${today}", "totalMinor": 70, "fileSha256": "${taxi:sha256}"}},
    {"date": "${today}", "expenseAccount": "samples", "amountMinor": 35, "currencyCode": "USD",
      "receipt": {"vendor": "taxi", "date": "${today}", "totalMinor": 71, "fileSha256": "${run:sha256}"}}]}}
accountant SubmitExpenseClaim {"name": "expenseClaims/rides-${run}"}
  expect {"bookings": [{"amountMinor": "3405", "currencyCode": "TWD"}]}
manager ReturnExpenseClaim {"name": "expenseClaims/rides-${run}", "reason": "Which printer?"}
  expect {"state": "STATE_RETURNED"}
accountant UpdateExpenseClaim {"expenseClaim": {"name": "expenseClaims/rides-${run}", "purpose": "To Formosa Print"}, "updateMask": "purpose"}
accountant SubmitExpenseClaim {"name": "expenseClaims/rides-${run}"}
analyst FindLikelyDuplicates {"name": "expenseClaims/rides-${run}"}
  expect {"pairs": [{"line": 3, "expenseClaim": "expenseClaims/rides-${run}", "otherLine": 1, "claimant": "${accountant}"}]}
manager ApproveExpenseClaim {"name": "expenseClaims/rides-${run}"}
  refused LIKELY_DUPLICATE
manager ApproveExpenseClaim {"name": "expenseClaims/rides-${run}", "confirmedDuplicates": ["expenseClaims/rides-${run}"]}
  expect {"confirmedDuplicates": ["expenseClaims/rides-${run}"]}
accountant WithdrawExpenseClaim {"name": "expenseClaims/rides-${run}", "reason": "The printer pays"}
  expect {"state": "STATE_WITHDRAWN"}
accountant CreateExpenseClaim {"expenseClaimId": "lunch-${run}", "expenseClaim": {"purpose": "Lunch", "costCenter": "outlays-${run}", "lines": [
    {"date": "${today}", "expenseAccount": "meals", "amountMinor": 90000, "currencyCode": "TWD",
      "receipt": {"vendor": "Noodles", "date": "${today}", "totalMinor": 90000, "fileSha256": "${taxi:sha256}"}}]}}
accountant SubmitExpenseClaim {"name": "expenseClaims/lunch-${run}"}
manager RejectExpenseClaim {"name": "expenseClaims/lunch-${run}", "reason": "There is a canteen"}
  expect {"state": "STATE_REJECTED"}
accountant GetExpenseClaim {"name": "expenseClaims/lunch-${run}"}
  expect {"claimant": "${accountant}", "stateReason": "There is a canteen"}
technician GetExpenseClaim {"name": "expenseClaims/lunch-${run}"}
  refused NOT_FOUND
accountant ListExpenseClaims {"filter": "claimant = \"${technician}\""}
  expect {"expenseClaims": []}
analyst ListExpenseClaims {"filter": "claimant = \"${accountant}\" AND state = STATE_REJECTED"}
  expect {"expenseClaims": [{"name": "expenseClaims/lunch-${run}"}]}
analyst GetCurrencyPolicy {"name": "currencyPolicies/default"}
  expect {"companyCurrencyCode": "TWD", "maximumAgeDays": 10}
manager CreateCurrencyPolicy {"currencyPolicyId": "longer-${run}", "currencyPolicy": {"reason": "Long holidays", "companyCurrencyCode": "TWD",
  "maximumAgeDays": 14}}
manager UpdateCurrencyPolicy {"currencyPolicy": {"name": "currencyPolicies/longer-${run}", "maximumAgeDays": 15}, "updateMask": "maximumAgeDays"}
manager PublishCurrencyPolicy {"name": "currencyPolicies/longer-${run}"}
  expect {"state": "STATE_PUBLISHED", "maximumAgeDays": 15}
analyst ListCurrencyPolicies {"filter": "state = STATE_PUBLISHED"}
manager CreateCurrencyPolicy {"currencyPolicyId": "slip-${run}", "currencyPolicy": {"reason": "A slip", "companyCurrencyCode": "USD"}}
manager DeleteCurrencyPolicy {"name": "currencyPolicies/slip-${run}"}
analyst GetExpensePolicy {"name": "expensePolicies/default"}
  expect {"accounts": [{"receiptFromMinor": "0", "claimDays": 90}]}
manager CreateExpensePolicy {"expensePolicyId": "meals-${run}", "expensePolicy": {"reason": "Meals have a limit", "currencyCode": "TWD",
  "accounts": [{"receiptFromMinor": 0, "claimDays": 90}, {"expenseAccount": "meals", "claimDays": 30, "dayLimitMinor": 80000}]}}
manager UpdateExpensePolicy {"expensePolicy": {"name": "expensePolicies/meals-${run}", "reason": "Meals have a limit of a day"},
  "updateMask": "reason"}
manager PublishExpensePolicy {"name": "expensePolicies/meals-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst ListExpensePolicies {"filter": "state = STATE_PUBLISHED"}
manager CreateExpensePolicy {"expensePolicyId": "slip-${run}", "expensePolicy": {"reason": "A slip", "currencyCode": "TWD",
  "accounts": [{"claimDays": 90}]}}
manager DeleteExpensePolicy {"name": "expensePolicies/slip-${run}"}
[]
