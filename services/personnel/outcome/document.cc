#include "services/personnel/outcome/document.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/record/store.h"
#include "common/text/markdown.h"
#include "common/time/day.h"
#include "services/personnel/appraisal/month.h"

namespace heitie::personnel {
namespace {

using status::Language;
using status::Phrase;
using text::EscapeLine;
using text::EscapeText;
using v1::Appraisal;
using v1::AppraisalMonth;

const Phrase kSheetTitle{"Appraisal of {person}, {period}", "{period} 績效考核表：{person}"};
const Phrase kInterviewTitle{"Performance interview with {person}", "績效面談記錄：{person}"};
const Phrase kCertificateTitle{"Certificate of honour", "榮譽證書"};
const Phrase kCertificateSentence{"{person} of the department {department} is honoured for {period}.",
                                  "茲表彰 {department} {person} 於 {period} 之表現。"};
const Phrase kCertificateGrade{"Grade: {grade}", "等級：{grade}"};
const Phrase kCertificateNote{"No. {number}, issued on {date}", "證書編號 {number}，頒發日期 {date}"};
const Phrase kPerson{"Person", "姓名"}, kDepartment{"Department", "部門"}, kPeriod{"Period", "考核期間"}, kPosition{"Position", "職位"},
    kPresent{"Working days present", "出勤工作日"}, kResult{"Result", "結果"}, kScore{"Score", "分數"},
    kAdjusted{"Adjusted score", "調整後分數"}, kOwnResult{"The year's own result", "年度本身的成績"},
    kGradeOfScore{"Grade of the score", "分數對應等級"}, kGrade{"Grade", "等級"}, kSummary{"Summary by the person", "自我總結"},
    kMonths{"Months", "各月成績"}, kMonth{"Month", "月份"}, kRater{"Rated by", "考核人"}, kIndicator{"Indicator", "指標"},
    kWeight{"Weight", "權重"}, kPoints{"Points", "得分"}, kFigure{"Figure", "資料"}, kNone{"none", "無"},
    kWords{"Words of the rater", "考核人評語"}, kPartOf{"{position}, {start} to {end}", "{position}，{start} 至 {end}"},
    kCalibrated{"Adjustment for the rater's leniency", "考核人寬嚴調整"}, kInterviewer{"Interviewer", "面談人"},
    kPlannedFor{"Planned for", "預定日期"}, kHeldOn{"Held on", "面談日期"}, kState{"State", "狀態"}, kReason{"Reason", "面談原因"},
    kRecord{"What was said and agreed", "面談內容與共識"}, kPlanned{"planned", "待舉行"}, kHeld{"held", "已舉行"},
    kCancelled{"cancelled", "已取消"};
const Phrase kScored{"scored", "已評分"}, kOnLeave{"too little present for a score", "出勤不足，不評分"},
    kNotRated{"not rated", "決定不評分"}, kNoScheme{"no scheme for the position", "職位沒有考核方案"},
    kTooFewMonths{"too few months for a grade", "有分數的月份不足，不評等"};
const Phrase kBeforeHire{"before the hire date", "到職前"}, kAfterLeaving{"after the last day", "離職後"},
    kNoCycle{"no appraisal", "沒有考核"};

// Writes one document; its language is fixed.
class Page {
 public:
  Page(const Called& called, Language language) : called_(called), language_(language) {}

  std::string Say(const Phrase& phrase, const status::Args& args = {}) const { return status::Sentence(phrase, args, language_); }
  // As plain text.
  std::string Name(const std::string& resource) const {
    const auto found = called_.find(resource);
    return found == called_.end() || found->second.empty() ? resource : found->second;
  }
  void Heading(int level, const std::string& text) { absl::StrAppend(&out_, std::string(level, '#'), " ", EscapeLine(text), "\n\n"); }
  // Rows of a name and a text; empty texts are left out.
  void Facts(const std::vector<std::pair<const Phrase*, std::string>>& facts) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& [phrase, text] : facts) {
      if (!text.empty()) rows.push_back({EscapeLine(Say(*phrase)), EscapeLine(text)});
    }
    if (rows.empty()) return;
    const std::vector<std::string> head = rows.front();
    rows.erase(rows.begin());
    Add(text::Table(head, rows));
  }
  void Section(const Phrase& heading, const std::string& text) {
    if (text.empty()) return;
    Heading(2, Say(heading));
    Add(EscapeText(text));
  }
  void Add(const std::string& markdown) { absl::StrAppend(&out_, markdown, "\n\n"); }
  std::string Take() { return std::move(out_); }

 private:
  const Called& called_;
  const Language language_;
  std::string out_;
};

std::string DateText(const google::type::Date& date) { return date.year() == 0 ? "" : time::DayText(time::ToDay(date)); }
std::string PeriodText(const google::type::Date& first, v1::AppraisalCycle::Period period) {
  return DateText(first).substr(0, period == v1::AppraisalCycle::PERIOD_YEAR ? 4 : 7);
}
// Points are hundredths.
std::string PointsText(int64_t points) { return absl::StrFormat("%d.%02d", points / 100, points % 100); }

const Phrase& OutcomePhrase(Appraisal::Outcome outcome) {
  switch (outcome) {
    case Appraisal::OUTCOME_SCORED:
      return kScored;
    case Appraisal::OUTCOME_ON_LEAVE:
      return kOnLeave;
    case Appraisal::OUTCOME_NO_SCHEME:
      return kNoScheme;
    case Appraisal::OUTCOME_TOO_FEW_MONTHS:
      return kTooFewMonths;
    default:
      return kNotRated;
  }
}

const Phrase& CausePhrase(AppraisalMonth::Cause cause) {
  switch (cause) {
    case AppraisalMonth::CAUSE_BEFORE_HIRE:
      return kBeforeHire;
    case AppraisalMonth::CAUSE_AFTER_LEAVING:
      return kAfterLeaving;
    case AppraisalMonth::CAUSE_ON_LEAVE:
      return kOnLeave;
    case AppraisalMonth::CAUSE_NO_CYCLE:
      return kNoCycle;
    case AppraisalMonth::CAUSE_NO_SCHEME:
      return kNoScheme;
    default:
      return kNotRated;
  }
}

void AddMonthsOf(Page& page, const Appraisal& sheet) {
  if (sheet.months().empty()) return;
  std::vector<std::vector<std::string>> rows;
  for (const AppraisalMonth& month : sheet.months()) {
    rows.push_back({DateText(month.month()).substr(0, 7),
                    EscapeLine(month.has_points() ? PointsText(month.points()) : page.Say(CausePhrase(month.cause())))});
  }
  page.Heading(2, page.Say(kMonths));
  page.Add(text::Table({page.Say(kMonth), page.Say(kScore)}, rows));
}

void AddPart(Page& page, const v1::AppraisalPart& part, const v1::AppraisalScheme& scheme) {
  const std::string position = page.Name(record::ParentOf(part.scheme()));
  page.Heading(2, page.Say(kPartOf, {{"position", position}, {"start", DateText(part.start_date())}, {"end", DateText(part.end_date())}}));
  page.Facts({{&kRater, part.rater().empty() ? page.Say(kNone) : page.Name(part.rater())},
              {&kCalibrated, part.adjustment() == 0 ? "" : absl::StrCat(part.adjustment())}});
  std::vector<std::vector<std::string>> rows;
  std::vector<std::pair<std::string, std::string>> words;
  for (const v1::AppraisalIndicator& indicator : scheme.indicators()) {
    std::string points, figure;
    for (const v1::AppraisalRating& rating : part.ratings()) {
      if (rating.indicator() != indicator.id()) continue;
      points = PointsText(rating.points());
      if (!rating.words().text().empty()) words.emplace_back(indicator.title(), rating.words().text());
    }
    for (const v1::AppraisalFigure& measured : part.figures()) {
      if (measured.indicator() == indicator.id()) figure = FigureText(measured);
    }
    rows.push_back({EscapeLine(indicator.title()), PointsText(indicator.weight()), EscapeLine(figure), points});
  }
  page.Add(text::Table({page.Say(kIndicator), page.Say(kWeight), page.Say(kFigure), page.Say(kPoints)}, rows));
  if (words.empty()) return;
  page.Heading(3, page.Say(kWords));
  for (const auto& [title, said] : words) {
    page.Add(absl::StrCat("**", EscapeLine(title), "**"));
    page.Add(EscapeText(said));
  }
}

}  // namespace

Document SheetDocument(const SheetFacts& facts, const Called& called, Language language) {
  const Appraisal& sheet = facts.sheet;
  Page page(called, language);
  const std::string period = PeriodText(facts.cycle.month(), facts.cycle.period());
  Document document;
  document.title = page.Say(kSheetTitle, {{"person", page.Name(sheet.employee())}, {"period", period}});
  page.Heading(1, document.title);
  const std::string position = sheet.spans().empty() ? "" : page.Name(sheet.spans(sheet.spans_size() - 1).position());
  page.Facts({
      {&kPerson, page.Name(sheet.employee())},
      {&kDepartment, facts.cycle.department()},
      {&kPosition, position},
      {&kPeriod, period},
      {&kPresent, absl::StrCat(sheet.present_days())},
      {&kResult, page.Say(OutcomePhrase(sheet.outcome()))},
      {&kScore, sheet.has_points() ? PointsText(sheet.points()) : ""},
      {&kAdjusted, sheet.has_adjusted_points() ? PointsText(sheet.adjusted_points()) : ""},
      {&kOwnResult, sheet.has_own_points() ? PointsText(sheet.own_points()) : ""},
      {&kGradeOfScore, sheet.score_grade() == sheet.grade() ? "" : sheet.score_grade()},
      {&kGrade, sheet.grade()},
  });
  page.Section(kSummary, sheet.summary().text());
  AddMonthsOf(page, sheet);
  for (const v1::AppraisalPart& part : facts.parts) {
    const auto scheme = facts.schemes.find(part.scheme());
    if (scheme != facts.schemes.end()) AddPart(page, part, scheme->second);
  }
  document.markdown = page.Take();
  return document;
}

Document InterviewDocument(const v1::PerformanceInterview& interview, const Called& called, Language language) {
  using Interview = v1::PerformanceInterview;
  Page page(called, language);
  Document document;
  document.title = page.Say(kInterviewTitle, {{"person", page.Name(interview.employee())}});
  page.Heading(1, document.title);
  const Phrase& state = interview.state() == Interview::STATE_HELD        ? kHeld
                        : interview.state() == Interview::STATE_CANCELLED ? kCancelled
                                                                          : kPlanned;
  page.Facts({{&kPerson, page.Name(interview.employee())},
              {&kInterviewer, page.Name(interview.interviewer())},
              {&kState, page.Say(state)},
              {&kPlannedFor, DateText(interview.planned_date())},
              {&kHeldOn, DateText(interview.held_date())}});
  page.Section(kReason, interview.reason());
  page.Section(kRecord, interview.record());
  page.Section(kCancelled, interview.state_reason());
  document.markdown = page.Take();
  return document;
}

Document CertificateDocument(const v1::Outcome& certificate, const v1::OutcomeRelease& release, absl::CivilDay issued, const Called& called,
                             Language language) {
  Page page(called, language);
  Document document;
  document.title = page.Say(kCertificateTitle);
  page.Heading(1, document.title);
  page.Heading(2, page.Name(certificate.employee()));
  page.Add(EscapeText(page.Say(kCertificateSentence, {{"person", page.Name(certificate.employee())},
                                                      {"department", release.department()},
                                                      {"period", PeriodText(release.month(), release.period())}})));
  if (!certificate.grade().empty()) page.Add(EscapeText(page.Say(kCertificateGrade, {{"grade", certificate.grade()}})));
  if (!certificate.certificate_text().empty()) page.Add(EscapeText(certificate.certificate_text()));
  page.Add(EscapeText(page.Say(kCertificateNote, {{"number", certificate.certificate_number()}, {"date", time::DayText(issued)}})));
  document.markdown = page.Take();
  return document;
}

v1::RenderedDocument Rendered(const Document& document, Language language) {
  v1::RenderedDocument rendered;
  rendered.set_media_type("text/html; charset=utf-8");
  rendered.set_content(text::ToHtmlPage(document.markdown, document.title, status::LanguageTag(language)));
  rendered.set_language_code(status::LanguageTag(language));
  rendered.set_digest(text::Sha256Hex(rendered.content()));
  return rendered;
}

}  // namespace heitie::personnel
