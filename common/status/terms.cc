#include "common/status/terms.h"

#include <algorithm>
#include <array>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace heitie::status {
namespace {

const Phrase kTerms[] = {
    // clang-format off
    // States.
    {"ACCEPTED", "已接受"}, {"ACKNOWLEDGED", "已確認收到"}, {"ACTIVE", "使用中"}, {"ADOPTED", "已採納"},
    {"AGENDA_PUBLISHED", "議程已發布"}, {"AGREED", "已約定"}, {"AGREED_BY_EMPLOYEE", "員工已同意"}, {"AGREED_BY_SUPERIOR", "主管已同意"},
    {"ANSWERED", "已答覆"}, {"APPLIED", "已套用"}, {"APPLYING", "套用中"}, {"APPROVED", "已核准"}, {"APPROVING", "核准中"},
    {"ARCHIVED", "已封存"}, {"ARRIVED", "已送達"}, {"ASLEEP", "休眠"}, {"ASSESSED", "已評估"}, {"ATTESTED", "已證明"},
    {"AWAITED", "等待中"}, {"BOOKED", "已入帳"}, {"CALIBRATING", "校準中"}, {"CANCELLED", "已取消"}, {"CARRIED_OUT", "已執行"},
    {"CHECKING", "檢查中"}, {"CLOSED", "已關閉"}, {"COMMITTED", "已承付"}, {"COMPENSATED", "已補償"}, {"COMPENSATING", "補償中"},
    {"COMPLETED", "已完成"}, {"CONCLUDED", "已結束"}, {"CONFIRMED", "已確認"}, {"CONFIRMING", "確認中"}, {"COUNTERED", "已提替代方案"}, {"CREDITED", "已折讓"},
    {"DEAD", "已放棄投遞"}, {"DECIDED", "已決定"}, {"DECLINED", "已婉拒"}, {"DELIVERED", "已投遞"}, {"DIFFERENT", "不相符"},
    {"DISABLED", "已停用"}, {"DISCARDED", "已捨棄"}, {"DISMISSED", "已排除"}, {"DONE", "已完成"}, {"DOWN", "無法開啟"}, {"DRAFT", "草稿"}, {"DROPPED", "已放棄"},
    {"DUE", "到期"}, {"DUPLICATE", "重複"}, {"ENABLED", "已啟用"}, {"ENACTED", "已公布"}, {"ENDED", "已結束"}, {"ENROLLED", "已報名"}, {"ENTERED", "已登記"}, {"ERASED", "已刪除"},
    {"ERASURE_PROPOSED", "已提議刪除"}, {"EVALUATED", "已評估成效"}, {"EXCUSED", "已免除"}, {"EXPIRED", "已到期"}, {"EXTENDED", "已延長"},
    {"FAILED", "已失敗"}, {"FILED", "已提交"}, {"FILLED", "已補足"}, {"FULFILLED", "已履行"}, {"GIVING_BACK", "歸還中"},
    {"GRANTED", "已授予"}, {"HANDED_OVER", "已移交"}, {"HELD", "已保留"}, {"HIRED", "已錄用"}, {"HIRING", "招聘中"},
    {"IDENTIFIED", "已識別"}, {"INSPECTED", "已檢查"}, {"INTERVIEW", "面試中"}, {"IN_FORCE", "生效中"}, {"IN_PROGRESS", "進行中"},
    {"IN_TRANSIT", "運送中"}, {"ISSUED", "已核發"}, {"LAPSED", "逾期未答"}, {"LEFT", "已離職"}, {"LIVE", "上線中"}, {"MERGED", "已合併"}, {"MITIGATED", "已緩解"},
    {"MOVED", "已變動"}, {"NEW", "新建"}, {"NOTED", "已記錄"}, {"NOT_MOVED", "未變動"}, {"OFFER", "錄用通知中"}, {"ON_HOLD", "暫緩"},
    {"ON_LEAVE", "請假中"}, {"OPEN", "未結"}, {"ORDERED", "已訂購"}, {"OVER", "已結束"}, {"PAID", "已付款"}, {"PART_ORDERED", "部分訂購"},
    {"PART_RECEIVED", "部分到貨"}, {"PAUSED", "已暫停"}, {"PENDING", "待處理"}, {"PLACED", "已下單"}, {"PLANNED", "已規劃"},
    {"POSTED", "已過帳"}, {"PREPARED", "已準備"}, {"PREPARING", "籌備中"}, {"PRESENTED", "已呈報"}, {"PRE_COMMITTED", "已預承付"},
    {"PROPOSED", "已提議"}, {"PUBLISHED", "已發布"}, {"QUEUED", "排隊中"}, {"RATED", "已評分"}, {"READY", "已就緒"},
    {"RECEIVED", "已收貨"}, {"RECORDED", "已記錄"}, {"REFUSED", "已拒絕"}, {"REJECTED", "已駁回"}, {"RELEASED", "已釋放"},
    {"REOPENED", "已重開"}, {"REPEALED", "已廢止"}, {"REPEATED", "已重複"}, {"REPLACED", "已取代"}, {"REPLAYED", "已重送"}, {"REQUESTED", "已請求"},
    {"RESOLVED", "已解決"}, {"RETIRED", "已停用"}, {"RETRACTED", "已撤回"}, {"RETURNED", "已歸還"}, {"REVERTED", "已還原"},
    {"REVIEWED", "已總結"}, {"REVOKED", "已撤銷"}, {"RUNNING", "執行中"}, {"SCREENING", "篩選中"}, {"SEATED", "已有席位"},
    {"SENT", "已送出"}, {"SETTLED", "已結清"}, {"SETTLING", "結算中"}, {"SIGNED", "已簽核"}, {"SKIPPED", "已略過"}, {"STOPPED", "已停止"},
    {"SUBMITTED", "已提交"}, {"SUCCEEDED", "已成功"}, {"SUPERSEDED", "已被取代"}, {"SUPPRESSED", "已抑制"}, {"TAKEN", "已收下"}, {"TAKING", "取用中"},
    {"TRAINING", "培訓中"}, {"TREATED", "已應對"}, {"UNCERTAIN", "不確定"}, {"UNDECIDED", "未決定"}, {"UNINSPECTED", "未檢查"},
    {"UNKNOWN", "不明"}, {"UP", "正常"}, {"UPHELD", "已維持"}, {"UPLOADING", "上傳中"}, {"USED_UP", "已用完"}, {"VALID", "有效"},
    {"VALIDATING", "驗證中"}, {"VERIFIED", "已核實"}, {"VOIDED", "已作廢"}, {"WAITING", "等待中"}, {"WAITING_FOR_MONEY", "等待經費"},
    {"WITHDRAWN", "已撤回"},
    // Verbs, as they are called.
    {"abandon", "放棄"}, {"accept", "接受"}, {"acceptOffer", "接受錄用"}, {"acknowledge", "確認收到"}, {"activate", "啟用"},
    {"adopt", "採納"}, {"advance", "推進"}, {"amend", "修訂"}, {"answer", "答覆"}, {"apply", "套用"}, {"approve", "核准"},
    {"approveErasure", "核准刪除"}, {"archive", "封存"}, {"ask", "詢問"}, {"assess", "評估"}, {"assign", "指派"}, {"attach", "歸入"}, {"book", "入帳"},
    {"breach", "逾期"}, {"bury", "放棄投遞"}, {"calibrate", "校準"}, {"cancel", "取消"}, {"cancelAbsence", "取消請假"},
    {"cancelTransfer", "取消調動"}, {"carry", "結轉"}, {"carryOut", "執行"}, {"changePlan", "變更計畫"}, {"conclude", "作結"}, {"correct", "更正"},
    {"checkAcceptance", "檢查接受條件"}, {"claim", "認領"}, {"clear", "解除"}, {"close", "關閉"}, {"comeUp", "恢復"}, {"comment", "評論"},
    {"commit", "承付"}, {"complete", "完成"}, {"confirm", "確認"}, {"continue", "繼續"}, {"counter", "提出替代方案"}, {"createReport", "建立報告"}, {"credit", "折讓"},
    {"decide", "決定"}, {"decline", "婉拒"}, {"declineOffer", "婉拒錄用"}, {"deliver", "交付"}, {"disable", "停用"}, {"discard", "捨棄"}, {"dismiss", "排除"},
    {"draw", "支取"}, {"drop", "放棄"}, {"enable", "啟用"}, {"enact", "公布"}, {"end", "結束"}, {"endSignal", "結束訊號"}, {"endorse", "附議"}, {"enroll", "報名"},
    {"escalate", "升級"}, {"evaluate", "評估成效"}, {"exceed", "超出"}, {"excuse", "免除"}, {"expire", "到期"}, {"explain", "說明"},
    {"extend", "延長"}, {"fail", "失敗"}, {"failAgain", "再次失敗"}, {"fallAsleep", "休眠"}, {"fallDue", "到期"}, {"file", "提交"},
    {"fill", "補足"}, {"findDifferent", "發現不符"}, {"findMissing", "發現短少"}, {"finish", "結束"}, {"finishPart", "完成部分"},
    {"fulfill", "履行"}, {"giveBack", "歸還"}, {"giveUp", "放棄"}, {"goDown", "中斷"}, {"hire", "錄用"}, {"hold", "舉行"},
    {"inspect", "檢查"}, {"interview", "面試"}, {"invoice", "登記發票"}, {"issue", "核發"}, {"judge", "判定"}, {"keep", "保留"},
    {"lapse", "失效"}, {"launch", "上線"}, {"leaveUndecided", "暫不決定"}, {"liftLegalHold", "解除法律保全"}, {"lose", "遺失"},
    {"lower", "調降"}, {"makeOffer", "發出錄用通知"}, {"makeTask", "轉為任務"}, {"markReady", "標為就緒"}, {"measure", "測量"}, {"merge", "合併"},
    {"mergeInto", "併入"}, {"mitigate", "緩解"}, {"move", "移動"}, {"moveStart", "變更到職日"}, {"mute", "靜音"}, {"note", "記錄"},
    {"open", "開啟"}, {"openGate", "開啟關卡"}, {"order", "訂購"}, {"orderPart", "部分訂購"}, {"pass", "通過"}, {"pause", "暫停"}, {"publishAgenda", "公布議程"}, {"recordAttendance", "記錄出席"},
    {"pay", "付款"}, {"placeLegalHold", "設定法律保全"}, {"plan", "納入規劃"}, {"post", "過帳"}, {"postpone", "延後"},
    {"prepare", "籌備"}, {"propose", "提議"}, {"proposeErasure", "提議刪除"}, {"proposeRisk", "提報風險"}, {"proposeTreatment", "提議應對方案"}, {"publish", "發布"},
    {"raise", "調升"}, {"rate", "評分"}, {"reaffirm", "重申"}, {"reassign", "改派"}, {"receive", "收貨"}, {"receiveAll", "全部收貨"},
    {"receiveCustomerMessage", "收到客戶訊息"}, {"receivePart", "部分收貨"}, {"reclassify", "重新分類"}, {"recommit", "重新承付"},
    {"record", "記錄"}, {"recordAbsence", "登記請假"}, {"recordActual", "登記實際支出"}, {"recordConsent", "登記同意"},
    {"recordObjectiveResult", "登記目標結果"}, {"recordResult", "登記結果"}, {"recordReview", "登記檢視"}, {"recover", "復原"},
    {"recur", "再次發生"}, {"refuse", "拒絕"}, {"refuseCounter", "拒絕替代方案"}, {"reinstate", "復職"}, {"reject", "駁回"}, {"rejectErasure", "駁回刪除"},
    {"release", "釋放"}, {"releaseRest", "釋放餘額"}, {"remind", "提醒"}, {"reopen", "重開"}, {"repeal", "廢止"}, {"repeat", "重複"}, {"replace", "取代"},
    {"replaceRater", "更換評分人"}, {"reportAvoidance", "回報規避結果"}, {"reportLoss", "報失"}, {"rerate", "重新評級"}, {"reschedule", "重新排程"}, {"resend", "重新傳送"}, {"reset", "重設"},
    {"reshape", "調整"}, {"resolve", "解決"}, {"restate", "重編"}, {"resume", "恢復"}, {"retarget", "變更對象"}, {"retire", "停用"},
    {"retract", "撤回"}, {"retractOffer", "撤回錄用通知"}, {"retry", "重試"}, {"return", "歸還"}, {"returnToApplied", "退回應徵"},
    {"returnToScreening", "退回篩選"}, {"revert", "還原"}, {"review", "檢視"}, {"revise", "修訂"}, {"revoke", "撤銷"},
    {"scheduleLaunch", "預定上線"}, {"screen", "篩選"}, {"seat", "安排席位"}, {"send", "傳送"}, {"sendBack", "退回"}, {"setAddress", "設定網址"}, {"settle", "結清"},
    {"shortClose", "短收結案"}, {"sign", "簽核"}, {"snooze", "稍後提醒"}, {"start", "開始"}, {"startEmployment", "到職"},
    {"stop", "停止"}, {"submit", "提交"}, {"supersede", "取代"}, {"suppress", "抑制"}, {"take", "取用"}, {"takeBack", "收回"}, {"takeCounter", "接受替代方案"},
    {"tell", "通知"}, {"terminate", "離職"}, {"train", "培訓"}, {"transfer", "調動"}, {"treat", "應對"}, {"unmerge", "取消合併"},
    {"unscheduleLaunch", "取消預定上線"}, {"update", "修改"}, {"uphold", "維持"}, {"upload", "上傳"}, {"useUp", "用完"},
    {"validate", "驗證"}, {"verify", "核實"}, {"void", "作廢"}, {"voidApproval", "作廢核准"}, {"voidTreatment", "作廢應對方案"},
    {"wait", "等待"}, {"waive", "豁免"}, {"wake", "喚醒"}, {"warn", "警示"}, {"withdraw", "撤回"}, {"witnessRefusal", "見證拒簽"},
    // What the launch gate asks for.
    {"PLAN_APPROVED", "計畫已核准"}, {"SCHEDULE", "時程"}, {"BUDGET", "預算"}, {"MATERIALS", "物資"}, {"STAFF_QUALIFIED", "人員合格"},
    {"RISKS_SETTLED", "風險已處理"}, {"PREPARATION_COMPLETE", "籌備完成"}, {"SUPPORT_ACCEPTED", "支援已承諾"}, {"PAGES_UP", "網頁正常"},
    {"INCIDENTS_SETTLED", "事故已了結"},
    // Levels and treatments of risks.
    {"HIGH", "高"}, {"MEDIUM", "中"}, {"LOW", "低"}, {"AVOID", "規避"}, {"REDUCE", "降低"}, {"TRANSFER", "轉移"}, {"ACCEPT", "接受"},
    // clang-format on
};

}  // namespace

std::string TermOf(absl::string_view identifier, Language language) {
  static const auto& terms = *[] {
    auto* const all = new absl::flat_hash_map<absl::string_view, const Phrase*>;
    for (const Phrase& term : kTerms) all->emplace(term.en, &term);
    return all;
  }();
  const auto found = terms.find(absl::StripPrefix(identifier, "STATE_"));
  return found == terms.end() ? "" : found->second->In(language);
}

bool NamesTerms(absl::string_view argument) {
  static constexpr std::array<absl::string_view, 6> kNames = {"state", "verb", "allowed", "preconditions", "level", "strategy"};
  return std::find(kNames.begin(), kNames.end(), argument) != kNames.end();
}

std::string TermsOf(absl::string_view identifiers, Language language) {
  std::string terms;
  for (const absl::string_view identifier : absl::StrSplit(identifiers, ", ")) {
    const std::string term = TermOf(identifier, language);
    if (term.empty()) return "";
    absl::StrAppend(&terms, terms.empty() ? "「" : "、「", term, "」");
  }
  return terms;
}

}  // namespace heitie::status
