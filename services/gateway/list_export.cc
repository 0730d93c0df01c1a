#include "services/gateway/list_export.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/rpc/bytes.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/api/resource.pb.h"
#include "nlohmann/json.hpp"
#include "services/gateway/json.h"

namespace heitie::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr int kExportPage = 1000;
constexpr char kAnswerTooLargeId[] = "ANSWER_TOO_LARGE";
constexpr char kCsvRows[] = "text/csv; charset=utf-8; header=present";
constexpr char kNdjsonRows[] = "application/x-ndjson";

const FieldDescriptor* ListText(const Descriptor& message, const char* name) {
  const FieldDescriptor* field = message.FindFieldByName(name);
  return field != nullptr && field->type() == FieldDescriptor::TYPE_STRING && !field->is_repeated() ? field : nullptr;
}

// The quality of each form; negative where it is not named.
struct Qualities {
  double json = -1, csv = -1, lines = -1;
};

Qualities QualitiesOf(const std::string& accept) {
  Qualities found;
  for (const auto& entry : absl::StrSplit(accept, ',')) {
    const std::vector<std::string> parts = absl::StrSplit(std::string(entry), ';');
    const std::string type = absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts[0]));
    double quality = 1;
    for (size_t i = 1; i < parts.size(); ++i) {
      const std::string parameter = absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts[i]));
      if (absl::StartsWith(parameter, "q=") && !absl::SimpleAtod(parameter.substr(2), &quality)) quality = 0;
    }
    if (type == "text/csv") found.csv = std::max(found.csv, quality);
    if (type == kNdjsonRows) found.lines = std::max(found.lines, quality);
    if (type == "application/json" || type == "*/*" || type == "application/*") found.json = std::max(found.json, quality);
  }
  return found;
}

// As a spreadsheet sees it: what begins so is calculated.
bool LooksLikeFormula(const std::string& text) {
  return !text.empty() && (std::string("=+-@\t\r").find(text[0]) != std::string::npos || absl::StartsWith(text, "＝") ||
                           absl::StartsWith(text, "＋") || absl::StartsWith(text, "－") || absl::StartsWith(text, "＠"));
}

// A cell of a member of the resource's JSON.
std::string CellOf(const nlohmann::json& value, const FieldDescriptor& field) {
  if (value.is_null()) return "";
  // Numbers of 64 bits are texts in JSON and no texts here.
  const bool text = field.type() == FieldDescriptor::TYPE_STRING && !field.is_repeated();
  if (value.is_string()) return CsvCell(value.get<std::string>(), text);
  return CsvCell(value.dump(), false);
}

class ListExport final : public Protocol {
 public:
  ListExport(Exchange& exchange, std::unique_ptr<Protocol> rest, ListForm form, bool head_only)
      : Protocol(exchange), rest_(std::move(rest)), form_(form), head_only_(head_only), rows_(RowsOf(*exchange.method)) {}

  Body body() const override { return rest_->body(); }
  absl::Status ReadHead(const http::Request& head) override {
    std::string query = head.query;
    ASSIGN_OR_RETURN(mask_, ReadMask::Take(*exchange_.method, &query));
    return rest_->ReadHead(head);
  }
  http::Response Refusal(const absl::Status& status) const override { return rest_->Refusal(status); }
  std::optional<http::Response> AtOnce() const override {
    if (!head_only_) return std::nullopt;
    return Head();
  }
  void Take(http::Request request) override { rest_->Take(std::move(request)); }
  void Read(std::function<void(rpc::Incoming)> take) override { rest_->Read(std::move(take)); }
  bool pages() const override { return true; }

  void Send(const grpc::ByteBuffer& bytes, std::function<void()> next) override {
    Scratch scratch;
    const auto answer = exchange_.AnswerMessage(bytes, scratch);
    if (!answer.ok()) return Finish(answer.status());
    const auto& r = *(*answer)->GetReflection();
    std::string piece;
    if (!std::exchange(begun_, true)) {
      exchange_.responder->StartStream(exchange_.Adorned(Head()));
      if (form_ == ListForm::kCsv) piece = CsvHead(*rows_->message_type(), *mask_.Of(*rows_));
    }
    for (int i = 0; i < r.FieldSize(**answer, rows_); ++i) {
      const Message& row = r.GetRepeatedMessage(**answer, rows_, i);
      piece += form_ == ListForm::kCsv ? CsvLine(row, *mask_.Of(*rows_)) : absl::StrCat(ToJson(row, *mask_.Of(*rows_)), "\n");
    }
    next_page_ = r.GetString(**answer, ListText(*(*answer)->GetDescriptor(), "next_page_token"));
    if (piece.empty()) return next();
    exchange_.responder->Write(std::move(piece), std::move(next));
  }

  // An answer that has begun and fails has no end.
  void Finish(const absl::Status& status) override {
    if (std::exchange(ended_, true)) return;
    if (!begun_) return exchange_.Send(Refusal(status));
    if (status.ok()) exchange_.responder->End();
    exchange_.responder.reset();
  }

  const std::string& next_page() const { return next_page_; }
  bool begun() const { return begun_; }

 private:
  http::Response Head() const {
    http::Response head;
    head.headers = {{"Content-Type", form_ == ListForm::kCsv ? kCsvRows : kNdjsonRows}, {"Vary", "Accept, Accept-Language"}};
    if (form_ == ListForm::kCsv) head.headers.Set("Content-Disposition", absl::StrCat("attachment; filename=\"", rows_->name(), ".csv\""));
    return head;
  }

  const std::unique_ptr<Protocol> rest_;
  const ListForm form_;
  const bool head_only_;
  const FieldDescriptor* const rows_;
  ReadMask mask_;
  std::string next_page_;
  bool begun_ = false, ended_ = false;
};

// One page after another. Calls under way and the responder hold it.
class Walk final : public std::enable_shared_from_this<Walk> {
 public:
  Walk(rpc::Door& door, ExchangePtr exchange)
      : door_(door), exchange_(std::move(exchange)), protocol_(static_cast<ListExport&>(*exchange_->protocol)) {}

  void Start(const grpc::ByteBuffer& request) {
    request_ = exchange_->NewRequest(scratch_);
    if (!rpc::Parse(request, *request_)) return protocol_.Finish(status::Error(status::kMalformed, {{"what", exchange_->path}}));
    Page(kExportPage);
  }

 private:
  void Page(int size) {
    const auto& r = *request_->GetReflection();
    r.SetInt32(request_, request_->GetDescriptor()->FindFieldByName("page_size"), size);
    rpc::Arrival arrival = exchange_->arrival;
    if (protocol_.begun()) {
      // Each page has the time of a call.
      arrival.arrived = absl::Now();
      arrival.deadline = absl::InfiniteFuture();
      arrival.verdict.reset();
    }
    door_.Unary(arrival, exchange_->path, rpc::Serialize(*request_),
                [self = shared_from_this(), size](const absl::Status& status, const grpc::ByteBuffer& answer, const rpc::Call&) {
                  try {
                    self->Took(size, status, answer);
                  } catch (...) {
                    self->protocol_.Finish(self->exchange_->Thrown());
                  }
                });
  }

  void Took(int size, const absl::Status& status, const grpc::ByteBuffer& answer) {
    if (size > 1 && status::ReasonOf(status) == kAnswerTooLargeId) return Page(size / 4 + 1);
    if (!status.ok()) return protocol_.Finish(status);
    protocol_.Send(answer, [self = shared_from_this(), size] {
      const std::string& next = self->protocol_.next_page();
      if (next.empty()) return self->protocol_.Finish(absl::OkStatus());
      self->request_->GetReflection()->SetString(self->request_, ListText(*self->request_->GetDescriptor(), "page_token"), next);
      self->Page(size);
    });
  }

  rpc::Door& door_;
  const ExchangePtr exchange_;
  ListExport& protocol_;
  Scratch scratch_;
  Message* request_ = nullptr;
};

}  // namespace

ListForm ListFormOf(const std::string& accept) {
  const Qualities q = QualitiesOf(accept);
  const double most = std::max(q.csv, q.lines);
  if (most <= 0 || most < q.json) return ListForm::kJson;
  // Who names both with the same quality takes what is the default.
  if (most == q.json && !absl::StrContains(accept, "*")) return ListForm::kJson;
  return q.csv >= q.lines ? ListForm::kCsv : ListForm::kLines;
}

const FieldDescriptor* RowsOf(const MethodDescriptor& method) {
  if (method.client_streaming() || method.server_streaming()) return nullptr;
  const FieldDescriptor* page_size = method.input_type()->FindFieldByName("page_size");
  if (ListText(*method.input_type(), "page_token") == nullptr || ListText(*method.output_type(), "next_page_token") == nullptr ||
      page_size == nullptr || page_size->cpp_type() != FieldDescriptor::CPPTYPE_INT32)
    return nullptr;
  const FieldDescriptor* rows = nullptr;
  for (int i = 0; i < method.output_type()->field_count(); ++i) {
    const FieldDescriptor* field = method.output_type()->field(i);
    if (!field->is_repeated() || field->message_type() == nullptr || field->is_map()) continue;
    if (rows != nullptr) return nullptr;
    rows = field;
  }
  return rows;
}

std::string CsvCell(std::string text, bool defused) {
  if (defused && LooksLikeFormula(text)) text.insert(0, "'");
  const bool quoted = text.find_first_of(",\"\r\n") != std::string::npos || (!text.empty() && (text.front() == ' ' || text.back() == ' '));
  return quoted ? absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"") : text;
}

std::string CsvHead(const Descriptor& resource, const ReadMask& mask) {
  std::string line;
  for (int i = 0; i < resource.field_count(); ++i) {
    if (mask.Of(*resource.field(i)) != nullptr) absl::StrAppend(&line, line.empty() ? "" : ",", resource.field(i)->json_name());
  }
  return line + "\r\n";
}

std::string CsvLine(const Message& resource, const ReadMask& mask) {
  const auto json = nlohmann::json::parse(ToJson(resource, mask), nullptr, false);
  std::string line;
  const Descriptor& d = *resource.GetDescriptor();
  const char* between = "";
  for (int i = 0; i < d.field_count(); ++i) {
    if (mask.Of(*d.field(i)) == nullptr) continue;
    const auto member = json.find(d.field(i)->json_name());
    absl::StrAppend(&line, std::exchange(between, ","), member == json.end() ? "" : CellOf(*member, *d.field(i)));
  }
  return line + "\r\n";
}

std::unique_ptr<Protocol> ForList(Exchange& exchange, const http::Request& head, std::unique_ptr<Protocol> rest) {
  if ((head.method != "GET" && head.method != "HEAD") || exchange.method == nullptr || RowsOf(*exchange.method) == nullptr) return rest;
  const ListForm form = ListFormOf(head.headers.List("Accept"));
  if (form == ListForm::kJson) return rest;
  return std::make_unique<ListExport>(exchange, std::move(rest), form, head.method == "HEAD");
}

void CallPages(rpc::Door& door, const ExchangePtr& exchange, grpc::ByteBuffer request) {
  std::make_shared<Walk>(door, exchange)->Start(request);
}

}  // namespace heitie::gateway
