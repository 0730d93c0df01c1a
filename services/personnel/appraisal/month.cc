#include "services/personnel/appraisal/month.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/rpc/contract.h"
#include "common/time/day.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "services/personnel/appraisal/grade.h"
#include "services/personnel/appraisal/policy.h"
#include "services/personnel/appraisal/scheme.h"
#include "services/personnel/staff/assignment.h"

namespace heitie::personnel {
namespace {

using exact::Fraction;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::Appraisal;
using v1::AppraisalCalibration;
using v1::AppraisalFigure;
using v1::AppraisalIndicator;
using v1::AppraisalMeasure;
using v1::AppraisalPart;
using v1::AppraisalScheme;
using v1::AppraisalSpan;

constexpr size_t kSaltBytes = 16;
constexpr size_t kLongestSlug = 12;

bool AbsentOn(const v1::Employee& employee, absl::CivilDay day, const std::set<std::string>& presence) {
  for (const v1::Absence& absence : employee.absences()) {
    if (time::ToDay(absence.start_date()) <= day && day <= time::ToDay(absence.end_date())) return presence.count(absence.kind()) == 0;
  }
  return false;
}

bool Continues(const AppraisalSpan& span, const v1::Assignment& assignment) {
  return span.position() == assignment.position() && span.department() == assignment.department() &&
         span.superior() == assignment.superior();
}

const AppraisalFigure* FigureNamed(const AppraisalPart& part, const std::string& indicator) {
  for (const AppraisalFigure& figure : part.figures()) {
    if (figure.indicator() == indicator) return &figure;
  }
  return nullptr;
}

std::optional<Fraction> ValueIn(const AppraisalIndicator& indicator, const AppraisalPart& part) {
  const AppraisalFigure* figure = FigureNamed(part, indicator.id());
  return figure == nullptr ? std::nullopt : FigureValue(indicator.measure(), *figure);
}

std::optional<Fraction> RatedPoints(const AppraisalIndicator& indicator, const AppraisalPart& part) {
  for (const v1::AppraisalRating& rating : part.ratings()) {
    if (rating.indicator() != indicator.id() || rating.level() < 1 || rating.level() > indicator.levels_size()) continue;
    return Fraction(indicator.levels(rating.level() - 1).points());
  }
  return std::nullopt;
}

std::optional<Fraction> MeasuredPoints(const AppraisalIndicator& indicator, const std::vector<CurvePoint>& curve,
                                       const AppraisalPart& part) {
  if (const std::optional<Fraction> value = ValueIn(indicator, part)) return PointsAt(curve, *value);
  if (indicator.measure().missing() == AppraisalMeasure::MISSING_STATED_SCORE) return Fraction(indicator.measure().stated_points());
  return std::nullopt;
}

std::string TextOrNothing(const std::optional<Fraction>& number) { return number ? NumberText(*number) : ""; }

// A scheme with its curves read, one for each indicator.
class Rubric {
 public:
  explicit Rubric(const AppraisalScheme& scheme) : scheme_(scheme) {
    for (const AppraisalIndicator& indicator : scheme.indicators()) {
      curves_.push_back(indicator.has_measure() ? CurveOf(indicator.measure()) : std::vector<CurvePoint>());
    }
  }

  std::vector<IndicatorPoints> PointsOf(const AppraisalPart& part) const {
    std::vector<IndicatorPoints> points;
    for (int i = 0; i < scheme_.indicators_size(); ++i) {
      const AppraisalIndicator& indicator = scheme_.indicators(i);
      const bool measured = indicator.has_measure();
      points.push_back({indicator.weight(), measured ? Origin::kMeasured : Origin::kRated,
                        measured ? MeasuredPoints(indicator, curves_[static_cast<size_t>(i)], part) : RatedPoints(indicator, part)});
    }
    return points;
  }

  PartScore Score(const AppraisalPart& part, int64_t adjustment) const {
    if (!part.excuse_decider().empty()) return {};
    const std::vector<IndicatorPoints> points = PointsOf(part);
    PartScore score{Mean(points, Origin::kRated), Mean(points, Origin::kMeasured), std::nullopt};
    int64_t rated_weight = 0, measured_weight = 0;
    for (const IndicatorPoints& one : points) {
      if (one.points) (one.origin == Origin::kRated ? rated_weight : measured_weight) += one.weight;
    }
    if (rated_weight + measured_weight == 0) return score;
    Fraction sum = 0;
    if (score.rated) sum += Adjusted(*score.rated, adjustment) * rated_weight;
    if (score.measured) sum += *score.measured * measured_weight;
    score.score = sum / (rated_weight + measured_weight);
    return score;
  }

 private:
  const AppraisalScheme& scheme_;
  std::vector<std::vector<CurvePoint>> curves_;
};

// What the parts of a cycle are scored by.
class Scorer {
 public:
  explicit Scorer(const CycleFacts& facts) {
    for (const auto& [name, scheme] : facts.schemes) rubrics_.emplace(name, scheme);
    for (const AppraisalCalibration& calibration : facts.calibrations) adjustments_.emplace(calibration.rater(), calibration.adjustment());
  }

  int64_t AdjustmentOf(const std::string& rater) const {
    const auto found = adjustments_.find(rater);
    return found == adjustments_.end() ? 0 : found->second;
  }
  PartScore Score(const AppraisalPart& part, int64_t adjustment) const {
    const auto found = rubrics_.find(part.scheme());
    return found == rubrics_.end() ? PartScore() : found->second.Score(part, adjustment);
  }
  PartScore Score(const AppraisalPart& part) const { return Score(part, AdjustmentOf(part.rater())); }

 private:
  std::map<std::string, Rubric> rubrics_;  // by scheme
  std::map<std::string, int64_t> adjustments_;
};

// The sheet of a part.
std::string SheetOf(const AppraisalPart& part) { return part.name().substr(0, part.name().rfind("/parts/")); }

// A part with its score.
struct ScoredPart {
  const AppraisalPart* part;
  PartScore score;
};

MonthScore MonthOf(const std::vector<ScoredPart>& rows) {
  std::vector<Part> parts;
  for (const ScoredPart& row : rows) parts.push_back({row.part->present_days(), row.score.score});
  // Which parts count, and whether the presence suffices, was frozen when the cycle was opened.
  return ScoreMonth(parts, 0, {0, 0});
}

std::optional<Fraction> MeasuredOf(const std::vector<ScoredPart>& rows) {
  Fraction sum = 0;
  int64_t days = 0;
  for (const ScoredPart& row : rows) {
    if (!row.score.measured) continue;
    sum += *row.score.measured * row.part->present_days();
    days += row.part->present_days();
  }
  if (days == 0) return std::nullopt;
  return Fraction(sum / days);
}

// Leaves what lasts.
void Strip(Message& message) {
  const auto& r = *message.GetReflection();
  const auto* descriptor = message.GetDescriptor();
  std::vector<const FieldDescriptor*> fields;
  r.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string& name = field->name();
    const bool words = descriptor == v1::AppraisalText::descriptor() && (name == "text" || name == "salt");
    const bool own_digest = descriptor == v1::AppraisalCycle::descriptor() && name == "sha256";
    if (words || own_digest || name == "etag" || name == "update_time" || rpc::IsComputed(*field)) {
      r.ClearField(&message, field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field->is_repeated()) {
      for (int k = 0; k < r.FieldSize(message, field); ++k) Strip(*r.MutableRepeatedMessage(&message, field, k));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Strip(*r.MutableMessage(&message, field));
    }
  }
}

// One SHA-256 of many texts, one after the other.
class FactsDigest {
 public:
  FactsDigest() : context_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void Add(const std::string& text) { EVP_DigestUpdate(context_.get(), text.data(), text.size()); }
  std::string Sum() {
    std::string sum(SHA256_DIGEST_LENGTH, '\0');
    EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(sum.data()), nullptr);
    return sum;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  const std::unique_ptr<EVP_MD_CTX, Free> context_;
};

// What became of the words in a row: there as they were, erased or taken away, or others.
enum class Words { kThere, kMissing, kOthers };

Words WordsOf(const Message& message) {
  if (message.GetDescriptor() == v1::AppraisalText::descriptor()) {
    const auto& text = static_cast<const v1::AppraisalText&>(message);
    if (Sha256Of(text.salt() + text.text()) == text.sha256()) return Words::kThere;
    return text.text().empty() && text.salt().empty() ? Words::kMissing : Words::kOthers;
  }
  const auto& r = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  r.ListFields(message, &fields);
  Words words = Words::kThere;
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const int size = field->is_repeated() ? r.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      words = std::max(words, WordsOf(field->is_repeated() ? r.GetRepeatedMessage(message, field, i) : r.GetMessage(message, field)));
    }
  }
  return words;
}

// What is missing of somebody who was erased is as it should be.
bool KeepsItsWords(const CycleFacts& facts, const Message& row, const std::string& person) {
  const Words words = WordsOf(row);
  return words == Words::kThere || (words == Words::kMissing && facts.erased.count(person) > 0);
}

bool SamePoints(const AppraisalPart& a, const AppraisalPart& b) {
  return a.rated() == b.rated() && a.measured() == b.measured() && a.adjustment() == b.adjustment() && a.score() == b.score();
}

bool SamePoints(const Appraisal& a, const Appraisal& b) {
  return a.outcome() == b.outcome() && a.has_points() == b.has_points() && a.points() == b.points() && a.measured() == b.measured() &&
         a.has_own_points() == b.has_own_points() && a.own_points() == b.own_points() && a.score_grade() == b.score_grade() &&
         a.grade() == b.grade() && a.rank() == b.rank() && a.seats() == b.seats();
}

// What the decision comes to; a change is what was decided.
int32_t AdjustmentBy(const AppraisalCalibration& calibration) {
  switch (calibration.decision()) {
    case AppraisalCalibration::DECISION_ACCEPTED:
      return calibration.proposal();
    case AppraisalCalibration::DECISION_CHANGED:
      return calibration.adjustment();
    default:
      return 0;
  }
}

// Own result and months to the score of the year.
void ComposeYear(const CycleFacts& facts, Appraisal& sheet) {
  if (!sheet.has_points()) return;
  sheet.set_own_points(sheet.points());
  sheet.clear_points();
  std::vector<int64_t> months;
  for (const v1::AppraisalMonth& month : sheet.months()) {
    if (month.has_points()) months.push_back(month.points());
  }
  const std::optional<int64_t> score = ScoreYear(months, sheet.own_points(), YearRulesOf(facts.policy));
  sheet.set_outcome(score ? Appraisal::OUTCOME_SCORED : Appraisal::OUTCOME_TOO_FEW_MONTHS);
  if (score) sheet.set_points(static_cast<int32_t>(*score));
}

void GradeYear(CycleFacts& facts) {
  const std::vector<GradeRange> grades = GradesOf(facts.policy);
  const QuotaRules quotas = QuotasOf(facts.policy);
  std::vector<Candidate> group;
  std::vector<Appraisal*> of_group;
  for (Appraisal& sheet : facts.sheets) {
    sheet.clear_score_grade();
    sheet.clear_grade();
    sheet.clear_rank();
    sheet.clear_seats();
    if (!sheet.has_points()) continue;
    const size_t natural = GradeOf(grades, sheet.points());
    sheet.set_score_grade(grades[natural].grade);
    sheet.set_grade(grades[natural].grade);
    if (!sheet.counted()) continue;
    group.push_back({sheet.points(), sheet.own_points(), ParseNumber(sheet.measured()).value_or(Fraction(0)), natural});
    of_group.push_back(&sheet);
  }
  const std::vector<Graded> graded = ApplyQuotas(group, quotas);
  const std::vector<int64_t> seats = Seats(static_cast<int64_t>(group.size()), quotas);
  for (size_t i = 0; i < group.size(); ++i) {
    of_group[i]->set_grade(grades[graded[i].grade].grade);
    of_group[i]->set_rank(static_cast<int32_t>(graded[i].rank));
    if (graded[i].rank == 0) continue;
    int64_t together = 0;
    for (size_t grade = 0; grade <= group[i].natural; ++grade) together += seats[grade];
    of_group[i]->set_seats(static_cast<int32_t>(together));
  }
}

int OrElse(int days, int otherwise) { return days > 0 ? days : otherwise; }

}  // namespace

MonthRules MonthRulesOf(const v1::AppraisalPolicy& policy) { return {policy.least_part_days(), policy.least_presence()}; }

CalibrationRules CalibrationRulesOf(const v1::AppraisalPolicy& policy) {
  return {policy.shrinkage(), policy.most_adjustment(), policy.least_rated_people()};
}

AppraisalTerms AppraisalTermsOf(const v1::AppraisalPolicy& policy) {
  return {OrElse(policy.review_days(), 5),      OrElse(policy.rating_days(), 10),    OrElse(policy.closing_days(), 15),
          OrElse(policy.replacement_days(), 3), OrElse(policy.objection_days(), 10), OrElse(policy.answer_days(), 10),
          OrElse(policy.reminder_days(), 2),    OrElse(policy.inspection_days(), 1), OrElse(policy.restatement_days(), 400)};
}

std::vector<AppraisalSpan> SpansOf(const v1::Employee& employee, const MonthDays& month, const std::set<std::string>& presence) {
  std::vector<AppraisalSpan> spans;
  for (const Term& term : TermsOf(employee)) {
    const absl::CivilDay first = std::max(term.first, month.first), last = std::min(term.last, month.last);
    if (last < first) continue;
    if (spans.empty() || !Continues(spans.back(), term.assignment)) {
      AppraisalSpan& span = spans.emplace_back();
      *span.mutable_start_date() = time::ToDate(first);
      span.set_position(term.assignment.position());
      span.set_department(term.assignment.department());
      span.set_superior(term.assignment.superior());
    }
    *spans.back().mutable_end_date() = time::ToDate(last);
  }
  for (AppraisalSpan& span : spans) {
    int present = 0;
    for (const absl::CivilDay day : month.working) {
      if (day < time::ToDay(span.start_date()) || day > time::ToDay(span.end_date())) continue;
      present += !AbsentOn(employee, day, presence);
    }
    span.set_present_days(present);
  }
  return spans;
}

Choice ChooseSpans(const std::vector<AppraisalSpan>& spans, int working_days, const MonthRules& rules) {
  // Any score will do: only which parts count is asked.
  std::vector<Part> all, with_scheme;
  std::vector<size_t> places;
  for (size_t i = 0; i < spans.size(); ++i) {
    all.push_back({spans[i].present_days(), Fraction(0)});
    if (spans[i].scheme().empty()) continue;
    with_scheme.push_back(all.back());
    places.push_back(i);
  }
  Choice choice;
  if (ScoreMonth(all, working_days, rules).why == MonthScore::Why::kOnLeave) {
    choice.outcome = Appraisal::OUTCOME_ON_LEAVE;
    return choice;
  }
  const MonthScore rated = ScoreMonth(with_scheme, 0, {rules.least_days, 0});
  for (const size_t i : rated.parts) choice.rated.push_back(places[i]);
  if (choice.rated.empty()) choice.outcome = Appraisal::OUTCOME_NO_SCHEME;
  return choice;
}

std::string Sha256Of(const std::string& bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string StableBytes(const Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

v1::AppraisalText TextOf(const std::string& words) {
  v1::AppraisalText text;
  std::string salt(kSaltBytes, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), kSaltBytes);
  text.set_text(words);
  text.set_salt(salt);
  text.set_sha256(Sha256Of(salt + words));
  return text;
}

std::optional<Fraction> FigureValue(const AppraisalMeasure& measure, const AppraisalFigure& figure) {
  const std::optional<Fraction> top = ParseNumber(figure.numerator()), bottom = ParseNumber(figure.denominator());
  if (!top || !bottom || *bottom == 0) return std::nullopt;
  const Fraction value = *top / *bottom;
  if (measure.target_metric().empty()) return value;
  const std::optional<Fraction> base = ParseNumber(figure.base());
  if (!base || *base == 0) return std::nullopt;
  return Fraction(value / *base);
}

std::string FigureText(const AppraisalFigure& figure) {
  if (figure.numerator().empty()) return "";
  std::string text = figure.numerator();
  if (figure.denominator() != "1" || !figure.base().empty()) absl::StrAppend(&text, "/", figure.denominator());
  if (!figure.base().empty()) absl::StrAppend(&text, "/", figure.base());
  return text;
}

std::vector<IndicatorPoints> PointsOf(const AppraisalScheme& scheme, const AppraisalPart& part) { return Rubric(scheme).PointsOf(part); }

std::vector<std::string> BlockedIndicators(const AppraisalScheme& scheme, const AppraisalPart& part) {
  std::vector<std::string> blocked;
  for (const AppraisalIndicator& indicator : scheme.indicators()) {
    if (!indicator.has_measure() || indicator.measure().missing() != AppraisalMeasure::MISSING_BLOCK) continue;
    if (!ValueIn(indicator, part)) blocked.push_back(indicator.id());
  }
  return blocked;
}

PartScore ScorePart(const AppraisalScheme& scheme, const AppraisalPart& part, int64_t adjustment) {
  return Rubric(scheme).Score(part, adjustment);
}

std::map<std::string, Proposal> ProposalsOf(const CycleFacts& facts) {
  std::vector<Rated> people;
  const Scorer scorer(facts);
  for (const AppraisalPart& part : facts.parts) {
    const PartScore score = scorer.Score(part, 0);
    if (score.rated) people.push_back({part.rater(), *score.rated, score.measured});
  }
  return Calibrate(people, CalibrationRulesOf(facts.policy));
}

void Propose(const Proposal& proposal, AppraisalCalibration& calibration) {
  calibration.set_people(static_cast<int32_t>(proposal.people));
  calibration.set_mean(NumberText(proposal.mean));
  calibration.set_overall(NumberText(proposal.overall));
  calibration.set_ground(proposal.why == Proposal::Why::kProposed       ? AppraisalCalibration::GROUND_COMPARED
                         : proposal.why == Proposal::Why::kTooFewPeople ? AppraisalCalibration::GROUND_TOO_FEW_PEOPLE
                                                                        : AppraisalCalibration::GROUND_ONE_RATER);
  calibration.set_proposal(static_cast<int32_t>(proposal.adjustment));
  calibration.set_state(proposal.adjustment == 0 ? AppraisalCalibration::STATE_SETTLED : AppraisalCalibration::STATE_PROPOSED);
}

void Score(CycleFacts& facts) {
  const Scorer scorer(facts);
  std::map<std::string, std::vector<ScoredPart>> parts_of;  // by sheet
  for (AppraisalPart& part : facts.parts) {
    const int64_t adjustment = scorer.AdjustmentOf(part.rater());
    PartScore score = scorer.Score(part, adjustment);
    part.set_rated(TextOrNothing(score.rated));
    part.set_measured(TextOrNothing(score.measured));
    part.set_adjustment(score.rated ? static_cast<int32_t>(adjustment) : 0);
    part.set_score(TextOrNothing(score.score));
    parts_of[SheetOf(part)].push_back({&part, std::move(score)});
  }
  for (Appraisal& sheet : facts.sheets) {
    const auto parts = parts_of.find(sheet.name());
    if (parts == parts_of.end()) continue;  // What came out was known from the beginning.
    const MonthScore score = MonthOf(parts->second);
    sheet.clear_points();
    sheet.set_outcome(Appraisal::OUTCOME_NOT_RATED);
    if (score.why == MonthScore::Why::kScored) {
      sheet.set_outcome(Appraisal::OUTCOME_SCORED);
      sheet.set_points(static_cast<int32_t>(score.points));
    }
    sheet.set_measured(TextOrNothing(MeasuredOf(parts->second)));
  }
  if (facts.cycle.period() != v1::AppraisalCycle::PERIOD_YEAR) return;
  for (Appraisal& sheet : facts.sheets) {
    sheet.clear_own_points();
    ComposeYear(facts, sheet);
  }
  GradeYear(facts);
}

v1::AppraisalMonth MonthOfYear(const v1::Employee& employee, absl::CivilDay month, const Appraisal* sheet, std::optional<int64_t> adjusted,
                               const v1::AppraisalPolicy& policy) {
  using v1::AppraisalMonth;
  AppraisalMonth entry;
  *entry.mutable_month() = time::ToDate(month);
  if (sheet == nullptr) {
    const bool left = employee.has_leave_date() && time::ToDay(employee.leave_date()) < month;
    const bool ahead = time::ToDay(employee.hire_date()) >= EndOf(month, v1::AppraisalCycle::PERIOD_MONTH);
    entry.set_cause(ahead  ? AppraisalMonth::CAUSE_BEFORE_HIRE
                    : left ? AppraisalMonth::CAUSE_AFTER_LEAVING
                           : AppraisalMonth::CAUSE_NO_CYCLE);
    return entry;
  }
  entry.set_appraisal(sheet->name());
  std::optional<int64_t> points = adjusted;
  if (!points && sheet->has_points()) points = sheet->points();
  switch (sheet->outcome()) {
    case Appraisal::OUTCOME_ON_LEAVE:
      entry.set_cause(AppraisalMonth::CAUSE_ON_LEAVE);
      break;
    case Appraisal::OUTCOME_NOT_RATED:
      entry.set_cause(AppraisalMonth::CAUSE_NOT_RATED);
      if (!points && policy.has_not_rated_points()) points = policy.not_rated_points();
      break;
    case Appraisal::OUTCOME_NO_SCHEME:
      entry.set_cause(AppraisalMonth::CAUSE_NO_SCHEME);
      break;
    default:
      break;
  }
  if (adjusted || sheet->outcome() == Appraisal::OUTCOME_SCORED) entry.set_cause(AppraisalMonth::CAUSE_SCORED);
  if (points) entry.set_points(static_cast<int32_t>(*points));
  return entry;
}

AppraisalScheme SchemeOver(v1::AppraisalCycle::Period period, AppraisalScheme scheme) {
  if (period == v1::AppraisalCycle::PERIOD_YEAR && !scheme.year_indicators().empty())
    *scheme.mutable_indicators() = scheme.year_indicators();
  return scheme;
}

std::optional<int64_t> MonthPointsOf(const CycleFacts& facts, const Appraisal& sheet, const std::vector<AppraisalPart>& parts) {
  if (parts.empty() || sheet.outcome() == Appraisal::OUTCOME_NOT_RATED) return std::nullopt;
  const Scorer scorer(facts);
  std::vector<ScoredPart> scored;
  for (const AppraisalPart& part : parts) scored.push_back({&part, scorer.Score(part)});
  const MonthScore score = MonthOf(scored);
  if (score.why != MonthScore::Why::kScored) return std::nullopt;
  if (facts.cycle.period() != v1::AppraisalCycle::PERIOD_YEAR) return score.points;
  Appraisal year = sheet;
  year.set_points(static_cast<int32_t>(score.points));
  ComposeYear(facts, year);
  return year.has_points() ? std::optional<int64_t>(year.points()) : std::nullopt;
}

std::string DigestOf(const CycleFacts& facts) {
  std::vector<std::pair<const std::string*, const Message*>> rows = {{&facts.cycle.name(), &facts.cycle}};
  for (const Appraisal& sheet : facts.sheets) rows.emplace_back(&sheet.name(), &sheet);
  for (const AppraisalPart& part : facts.parts) rows.emplace_back(&part.name(), &part);
  for (const AppraisalCalibration& calibration : facts.calibrations) rows.emplace_back(&calibration.name(), &calibration);
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return *a.first < *b.first; });
  FactsDigest digest;
  for (const auto& [name, row] : rows) {
    const std::unique_ptr<Message> lasting(row->New());
    lasting->CopyFrom(*row);
    Strip(*lasting);
    const std::string bytes = StableBytes(*lasting);
    digest.Add(absl::StrCat(*name, " ", bytes.size(), "\n"));
    digest.Add(bytes);
    digest.Add("\n");
  }
  return digest.Sum();
}

std::set<std::string> PeopleWithoutWords(const CycleFacts& facts) {
  std::set<std::string> people;
  for (const Appraisal& sheet : facts.sheets) {
    if (WordsOf(sheet) == Words::kMissing) people.insert(sheet.employee());
  }
  for (const AppraisalPart& part : facts.parts) {
    if (WordsOf(part) == Words::kMissing) people.insert(part.employee());
  }
  for (const AppraisalCalibration& calibration : facts.calibrations) {
    if (WordsOf(calibration) == Words::kMissing) people.insert(calibration.rater());
  }
  return people;
}

std::vector<std::string> DeviationsOf(const CycleFacts& facts) {
  std::vector<std::string> deviations;
  std::map<std::string, Proposal> proposals = ProposalsOf(facts);
  for (const AppraisalCalibration& stored : facts.calibrations) {
    AppraisalCalibration expected;
    const auto it = proposals.find(stored.rater());
    if (it != proposals.end()) Propose(it->second, expected);
    const bool same = it != proposals.end() && expected.people() == stored.people() && expected.mean() == stored.mean() &&
                      expected.overall() == stored.overall() && expected.ground() == stored.ground() &&
                      expected.proposal() == stored.proposal() && stored.adjustment() == AdjustmentBy(stored) &&
                      KeepsItsWords(facts, stored, stored.rater());
    if (!same) deviations.push_back(stored.name());
    if (it != proposals.end()) proposals.erase(it);
  }
  for (const auto& [rater, proposal] : proposals) deviations.push_back(absl::StrCat(facts.cycle.name(), "/calibrations of ", rater));
  CycleFacts scored = facts;
  Score(scored);
  for (size_t i = 0; i < facts.parts.size(); ++i) {
    if (!SamePoints(facts.parts[i], scored.parts[i]) || !KeepsItsWords(facts, facts.parts[i], facts.parts[i].employee()))
      deviations.push_back(facts.parts[i].name());
  }
  for (size_t i = 0; i < facts.sheets.size(); ++i) {
    if (!SamePoints(facts.sheets[i], scored.sheets[i]) || !KeepsItsWords(facts, facts.sheets[i], facts.sheets[i].employee()))
      deviations.push_back(facts.sheets[i].name());
  }
  return deviations;
}

std::string CycleNameOf(absl::CivilDay first, v1::AppraisalCycle::Period period, const std::string& department) {
  const bool plain = !department.empty() && department.size() <= kLongestSlug &&
                     std::all_of(department.begin(), department.end(),
                                 [](unsigned char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-'; });
  const std::string slug = plain ? department : absl::BytesToHexString(Sha256Of(department)).substr(0, kLongestSlug);
  // A department "06-x" must not make a year look like a month.
  if (period == v1::AppraisalCycle::PERIOD_YEAR) return absl::StrFormat("appraisalCycles/%04d-year-%s", first.year(), slug);
  return absl::StrFormat("appraisalCycles/%04d-%02d-%s", first.year(), first.month(), slug);
}

absl::CivilDay FirstOf(absl::CivilDay day, v1::AppraisalCycle::Period period) {
  return absl::CivilDay(day.year(), period == v1::AppraisalCycle::PERIOD_YEAR ? 1 : day.month(), 1);
}

absl::CivilDay EndOf(absl::CivilDay first, v1::AppraisalCycle::Period period) {
  return absl::CivilDay(absl::CivilMonth(first) + (period == v1::AppraisalCycle::PERIOD_YEAR ? 12 : 1));
}

std::string CycleOf(const std::string& name) {
  const size_t first = name.find('/');
  return name.substr(0, first == std::string::npos ? first : name.find('/', first + 1));
}

}  // namespace heitie::personnel
