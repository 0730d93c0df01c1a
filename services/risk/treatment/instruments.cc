#include "services/risk/treatment/instruments.h"

#include <algorithm>

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/risk/treatment/treatment.h"

namespace heitie::risk {

using v1::InstrumentClaim;
using v1::TransferInstrument;

namespace {

const status::Reason kNotCovered{absl::StatusCode::kFailedPrecondition, "NOT_COVERED", "{name} does not cover {risk} at {time}.",
                                 "{name} 不涵蓋 {risk} 在 {time} 的事件。"};
const status::Reason kInstrumentEnded{absl::StatusCode::kFailedPrecondition, "INSTRUMENT_ENDED", "{name} has ended.", "{name} 已終止。"};

bool CoversRisk(const TransferInstrument& instrument, const std::string& risk) {
  return std::find(instrument.risks().begin(), instrument.risks().end(), risk) != instrument.risks().end();
}

absl::Status CheckTimes(const TransferInstrument& instrument, absl::Time now, bool lies_ahead) {
  status::BadFields bad;
  const absl::Time end = time::ToTime(instrument.end_time());
  if (end <= time::ToTime(instrument.start_time())) bad.Add("transfer_instrument.end_time", kTimesReversed);
  if (lies_ahead && end <= now) bad.Add("transfer_instrument.end_time", kAlreadyPast, {{"time", time::InstantText(end)}});
  return bad.status();
}

}  // namespace

int64_t PaidOf(const TransferInstrument& instrument, int64_t loss_minor) {
  const int64_t above = loss_minor > instrument.deductible_minor() ? loss_minor - instrument.deductible_minor() : 0;
  const int64_t paid = std::min(above, instrument.cover_minor());
  return instrument.aggregate_minor() == 0 ? paid : std::min(paid, instrument.aggregate_minor() - instrument.claimed_minor());
}

Instruments::Instruments(record::Store& store, const record::Kind<v1::Risk>& risks, EvidenceBook& book, const Standing& standing,
                         const Restriction& restriction)
    : risks_(risks), instruments_(book.instruments()), claims_(store) {
  claims_.RestrictRows(restriction.Rows());
  instruments_.SetFollow([&standing](record::Transaction& tx, const TransferInstrument* before, const TransferInstrument* after) {
    return FollowLinks(tx, standing, before, *after);
  });
}

absl::Status Instruments::CheckRisks(record::Transaction& tx, const TransferInstrument& before, TransferInstrument& after) const {
  for (const std::string& risk : after.risks()) {
    // What was named before may have gone since.
    if (!CoversRisk(before, risk)) RETURN_IF_ERROR(FindSeen(risks_, tx.call, tx.sql, risk).status());
  }
  ASSIGN_OR_RETURN(const std::string restricted, RestrictedOf(tx.sql, {after.risks().begin(), after.risks().end()}));
  Mark(restricted, after);
  return absl::OkStatus();
}

absl::Status Instruments::Create(record::Transaction& tx, TransferInstrument& instrument) {
  RETURN_IF_ERROR(CheckTimes(instrument, tx.call.now, true));
  instrument.set_state(TransferInstrument::STATE_CONCLUDED);
  return CheckRisks(tx, {}, instrument);
}

absl::Status Instruments::Update(record::Transaction& tx, const TransferInstrument& before, TransferInstrument& after) {
  if (before.state() != TransferInstrument::STATE_CONCLUDED) return status::Error(kInstrumentEnded, {{"name", before.name()}});
  RETURN_IF_ERROR(CheckTimes(after, tx.call.now, false));
  return CheckRisks(tx, before, after);
}

absl::StatusOr<TransferInstrument> Instruments::Cancel(record::Transaction& tx, const v1::CancelTransferInstrumentRequest& request) {
  return instruments_.Change(tx, request, "cancel", [&](TransferInstrument& after) { after.set_cancel_reason(request.reason()); });
}

absl::Status Instruments::Claim(record::Transaction& tx, InstrumentClaim& claim) {
  ASSIGN_OR_RETURN(record::Step<TransferInstrument> step, instruments_.Begin(tx, record::Target(record::ParentOf(claim.name())), "claim"));
  const TransferInstrument& before = step.before;
  const absl::Time event = time::ToTime(claim.event_time());
  const bool covered = CoversRisk(before, claim.risk()) && time::ToTime(before.start_time()) <= event &&
                       event < time::ToTime(before.end_time()) && event <= tx.call.now;
  if (!covered) {
    return status::Error(kNotCovered, {{"name", before.name()}, {"risk", claim.risk()}, {"time", time::InstantText(event)}});
  }
  Mark(before.restricted_risk(), claim);
  claim.set_paid_minor(PaidOf(before, claim.loss_minor()));
  step.after.set_claimed_minor(before.claimed_minor() + claim.paid_minor());
  const bool used_up = before.aggregate_minor() > 0 && step.after.claimed_minor() == before.aggregate_minor();
  if (used_up) RETURN_IF_ERROR(instruments_.Advance(step.after, step.verb = "use_up"));
  return instruments_.Finish(tx, step).status();
}

void Instruments::Bind(record::Methods& methods) {
  methods.Reads(instruments_);
  methods.Creates(instruments_, this, &Instruments::Create);
  methods.Updates(instruments_, this, &Instruments::Update);
  methods.Bind("CancelTransferInstrument", this, &Instruments::Cancel);
  methods.Reads(claims_);
  methods.Creates(claims_, this, &Instruments::Claim);
}

}  // namespace heitie::risk
