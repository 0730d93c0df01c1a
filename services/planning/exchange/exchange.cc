#include "services/planning/exchange/exchange.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/macros.h"
#include "services/planning/exchange/charset.h"
#include "services/planning/exchange/ms_project.h"
#include "services/planning/exchange/task_table.h"
#include "services/planning/plan/project.h"

namespace heitie::planning {

namespace {

const status::Reason kMediaUnknown{absl::StatusCode::kInvalidArgument, "EXCHANGE_MEDIA_UNKNOWN",
                                   "text/csv in utf-8, gb18030 or big5, or application/xml in utf-8.",
                                   "須為 UTF-8、GB18030 或 Big5 的 text/csv，或 UTF-8 的 application/xml。"};
const status::Reason kOneFile{absl::StatusCode::kInvalidArgument, "EXCHANGE_ONE_FILE", "The file is in content or in data.",
                              "檔案須以文字或位元組其中一種形式提供。"};
const status::Reason kNotCharset{absl::StatusCode::kInvalidArgument, "EXCHANGE_NOT_CHARSET", "{what} is no character of {charset}.",
                                 "{what} 不是 {charset} 的字元。"};
const status::Reason kNotInCharset{absl::StatusCode::kInvalidArgument, "EXCHANGE_NOT_IN_CHARSET",
                                   "{charset} has no {what}, which is in line {line}, column {column}.",
                                   "{charset} 沒有第 {line} 行第 {column} 欄的 {what}。"};

// What a file is.
struct FileForm {
  bool xml = false;
  Charset charset = Charset::kUtf8;
};

std::optional<FileForm> ParseFileForm(const std::string& media_type) {
  const std::vector<std::string> parts = absl::StrSplit(absl::AsciiStrToLower(media_type), absl::ByAnyChar("; "), absl::SkipEmpty());
  FileForm form;
  form.xml = parts[0] == "application/xml" || parts[0] == "text/xml";
  if (!form.xml && parts[0] != "text/csv") return std::nullopt;
  if (parts.size() == 1) return form;
  for (const Charset charset : {Charset::kUtf8, Charset::kGb18030, Charset::kBig5}) {
    if (parts[1] != absl::StrCat("charset=", CharsetName(charset)) || (form.xml && charset != Charset::kUtf8)) continue;
    form.charset = charset;
    return form;
  }
  return std::nullopt;
}

// By its media type, else by its format.
FileForm FileFormOf(const std::string& media_type, v1::ExchangeFormat format, status::BadFields& bad) {
  if (media_type.empty()) return {format == v1::EXCHANGE_FORMAT_MS_PROJECT, Charset::kUtf8};
  const std::optional<FileForm> form = ParseFileForm(media_type);
  if (!form) bad.Add("media_type", kMediaUnknown);
  return form.value_or(FileForm());
}

absl::Status EncodeInto(const std::string& text, Charset charset, std::string* data) {
  Converted converted = Encode(text, charset);
  status::BadFields bad;
  for (const Unmapped& one : converted.unmapped) {
    bad.Add("media_type", kNotInCharset,
            {{"charset", CharsetName(charset)}, {"what", one.what}, {"line", one.line}, {"column", one.column}});
  }
  *data = std::move(converted.text);
  return bad.status();
}

}  // namespace

absl::StatusOr<v1::ExportProjectResponse> Exchange::Export(const rpc::Call& call, const v1::ExportProjectRequest& request) {
  status::BadFields bad;
  const FileForm form = FileFormOf(request.media_type(), request.format(), bad);
  RETURN_IF_ERROR(bad.status());
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ExportProjectResponse> {
    ASSIGN_OR_RETURN(const v1::Project project, tables_.projects.Find(session, request.name()));
    ASSIGN_OR_RETURN(std::vector<v1::Task> tasks, tables_.tasks.Children(session, request.name()));
    std::erase_if(tasks, [](const v1::Task& task) { return task.state() == v1::Task::STATE_CANCELLED; });
    v1::ExportProjectResponse response;
    response.set_media_type(absl::StrCat(form.xml ? "application/xml" : "text/csv", "; charset=", CharsetName(form.charset)));
    TaskTable table;
    if (form.xml) {
      ASSIGN_OR_RETURN(const v1::PlanPeriod period, tables_.periods.Find(session, project.plan_period()));
      ASSIGN_OR_RETURN(const auto calendar, tables_.calendars.Named(session, period.calendar()));
      table = WriteMsProject(project, tasks, calendar->arithmetic, call.language);
    } else {
      table = WriteTaskTable(tasks, call.language);
    }
    if (form.charset != Charset::kUtf8) RETURN_IF_ERROR(EncodeInto(table.content, form.charset, response.mutable_data()));
    response.set_content(std::move(table.content));
    response.mutable_findings()->Assign(table.findings.begin(), table.findings.end());
    return response;
  });
}

absl::StatusOr<v1::ImportProjectResponse> Exchange::Import(record::Transaction& tx, const v1::ImportProjectRequest& request) {
  status::BadFields bad;
  const FileForm form = FileFormOf(request.media_type(), request.format(), bad);
  if (request.content().empty() == request.data().empty()) bad.Add("content", kOneFile);
  RETURN_IF_ERROR(bad.status());
  v1::Project project = request.project();
  project.set_name("projects/" + request.project_id());
  RETURN_IF_ERROR(BeginProject(tx, tables_, project));
  v1::ImportProjectResponse response;
  const Converted file = request.data().empty() ? Converted{request.content(), {}} : Decode(request.data(), form.charset);
  for (const Unmapped& one : file.unmapped) {
    v1::ExchangeFinding& finding = *response.add_findings();
    finding.set_line(one.line);
    finding.set_column(one.column);
    finding.set_reason(kNotCharset.id);
    finding.set_statement(status::Sentence(kNotCharset, {{"what", one.what}, {"charset", CharsetName(form.charset)}}, tx.call.language));
    finding.set_blocking(true);
  }
  if (!file.unmapped.empty()) return response;
  ReadTasks read;
  if (form.xml) {
    ASSIGN_OR_RETURN(const v1::PlanPeriod period, tables_.periods.Find(tx.sql, project.plan_period()));
    ASSIGN_OR_RETURN(const auto calendar, tables_.calendars.Named(tx.sql, period.calendar()));
    ASSIGN_OR_RETURN(read, ReadMsProject(file.text, project, calendar->arithmetic, tx.call.language));
  } else {
    ASSIGN_OR_RETURN(read, ReadTaskTable(file.text, project.name(), tx.call.language));
  }
  response.mutable_findings()->Assign(read.findings.begin(), read.findings.end());
  if (read.Blocks()) return response;
  RETURN_IF_ERROR(tables_.projects.Insert(tx, project));
  for (v1::Task& task : read.tasks) {
    // How many parts it has comes about as they are made.
    task.clear_part_count();
    RETURN_IF_ERROR(tables_.tasks.Insert(tx, task));
    response.add_tasks(task.name());
  }
  ASSIGN_OR_RETURN(*response.mutable_project(), tables_.projects.Find(tx.sql, project.name()));
  return response;
}

void Exchange::Bind(record::Methods& methods) {
  methods.Bind("ExportProject", this, &Exchange::Export);
  methods.Bind("ImportProject", this, &Exchange::Import);
}

}  // namespace heitie::planning
