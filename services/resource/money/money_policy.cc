#include "services/resource/money/money_policy.h"

#include <algorithm>

#include "absl/numeric/int128.h"

namespace heitie::resource {

using v1::MoneyPolicy;

const status::Reason kCarryMismatch{absl::StatusCode::kInvalidArgument, "CARRY_MISMATCH",
                                    "A share is given exactly where a share is carried, an amount where an amount is.",
                                    "僅在結轉比例時須填比例，結轉上限時須填金額。"};

namespace {

int64_t ShareDown(int64_t amount, int32_t basis_points) { return static_cast<int64_t>(absl::int128(amount) * basis_points / 10'000); }

absl::Status CheckMoneyPolicy(const MoneyPolicy& policy) {
  status::BadFields bad;
  const auto carry = policy.carry();
  if ((policy.carry_share_bp() > 0) != (carry == MoneyPolicy::CARRY_SHARE)) bad.Add("money_policy.carry_share_bp", kCarryMismatch);
  if ((policy.carry_cap_minor() > 0) != (carry == MoneyPolicy::CARRY_CAP)) bad.Add("money_policy.carry_cap_minor", kCarryMismatch);
  return bad.status();
}

}  // namespace

int64_t ExcessLimit(const MoneyPolicy& policy, int64_t committed) {
  return std::max(ShareDown(committed, policy.excess_bp()), policy.excess_minor());
}

int64_t CarryOf(const MoneyPolicy& policy, int64_t unspent) {
  switch (policy.carry()) {
    case MoneyPolicy::CARRY_SHARE:
      return ShareDown(unspent, policy.carry_share_bp());
    case MoneyPolicy::CARRY_CAP:
      return std::min(unspent, policy.carry_cap_minor());
    default:
      return 0;
  }
}

MoneyPolicies::MoneyPolicies(record::Store& store) : policies_(store, "moneyPolicies/default", CheckMoneyPolicy) {}

void MoneyPolicies::Bind(record::Methods& methods) { policies_.Bind<v1::PublishMoneyPolicyRequest>(methods); }

}  // namespace heitie::resource
