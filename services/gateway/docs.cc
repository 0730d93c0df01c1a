#include "services/gateway/docs.h"

#include <cstdio>
#include <cstdlib>

#include "nlohmann/json.hpp"
#include HEITIE_STAMP_FILE

// What is embedded is in the text of this file, for ccache.
[[maybe_unused]] static constexpr char kStamp[] = HEITIE_EMBEDDED;

// Files as they are: `file` is a text of the preprocessor.
#define HEITIE_EMBED(name, file) \
  __asm__(                       \
      ".section .rodata\n"       \
      ".global kHeitie" name     \
      "Begin\n"                  \
      "kHeitie" name             \
      "Begin:\n"                 \
      ".incbin \"" file          \
      "\"\n"                     \
      ".global kHeitie" name     \
      "End\n"                    \
      "kHeitie" name             \
      "End:\n"                   \
      ".previous\n");

HEITIE_EMBED("Told", HEITIE_TOLD_FILE)
HEITIE_EMBED("DocsHtml", HEITIE_DOCS_FOLDER "/docs.html")
HEITIE_EMBED("DocsScript", HEITIE_DOCS_FOLDER "/docs.js")
HEITIE_EMBED("DocsStyle", HEITIE_DOCS_FOLDER "/docs.css")

extern "C" const char kHeitieToldBegin[], kHeitieToldEnd[], kHeitieDocsHtmlBegin[], kHeitieDocsHtmlEnd[], kHeitieDocsScriptBegin[],
    kHeitieDocsScriptEnd[], kHeitieDocsStyleBegin[], kHeitieDocsStyleEnd[];

namespace heitie::gateway {

nlohmann::json ToldByTheBuild() {
  nlohmann::json told = nlohmann::json::parse(kHeitieToldBegin, kHeitieToldEnd, nullptr, false);
  if (told.is_discarded()) {
    std::fputs("what the documentation tells cannot be read\n", stderr);
    std::abort();
  }
  return told;
}

std::string WhatToDo(const std::string& code) {
  if (code == "INVALID_ARGUMENT") return "Correct what is named, every field of fieldViolations at once, and send it again.";
  if (code == "FAILED_PRECONDITION") return "See to what is named, every one of violations; the same request succeeds afterwards.";
  if (code == "OUT_OF_RANGE") return "Stay within the limits that are named.";
  if (code == "NOT_FOUND") return "Check the name. What one may not see is answered like what is not there.";
  if (code == "ALREADY_EXISTS") return "Take what is there, or another id. A repetition carries the request id of the first request.";
  if (code == "ABORTED") return "Read it again, decide by what is there now, and send the change with the new etag.";
  if (code == "PERMISSION_DENIED") return "Ask somebody who may; metadata names who.";
  if (code == "UNAUTHENTICATED") return "Get a token and send it as Authorization: Bearer.";
  if (code == "RESOURCE_EXHAUSTED") return "Come back after the time of RetryInfo, with the same request id.";
  if (code == "UNAVAILABLE") return "Come back after the time of RetryInfo, with the same request id; nothing happens twice.";
  if (code == "DEADLINE_EXCEEDED") return "Give it more time and send it again with the same request id; nothing happens twice.";
  if (code == "CANCELLED") return "Nothing, unless the caller did not mean to go away; then send it again with the same request id.";
  if (code == "UNIMPLEMENTED") return "Call it as the documentation says.";
  return "Tell the platform engineers the X-Trace-Id of the answer.";
}

std::string ReasonsJson(const nlohmann::json& told) {
  nlohmann::ordered_json reasons = nlohmann::ordered_json::array();
  for (const auto& reason : told["reasons"]) {
    nlohmann::ordered_json one;
    for (const char* name : {"id", "code", "service", "en", "zhTw", "zhCn"}) one[name] = reason[name].get<std::string>();
    one["todo"] = WhatToDo(reason["code"]);
    reasons.push_back(std::move(one));
  }
  return reasons.dump();
}

void AddDocs(const nlohmann::json& told, Pages& pages) {
  pages.Add("/reasons.json", "application/json", ReasonsJson(told));
  pages.Add("/docs", "text/html; charset=utf-8", {kHeitieDocsHtmlBegin, kHeitieDocsHtmlEnd});
  pages.Add("/docs/docs.js", "text/javascript; charset=utf-8", {kHeitieDocsScriptBegin, kHeitieDocsScriptEnd});
  pages.Add("/docs/docs.css", "text/css; charset=utf-8", {kHeitieDocsStyleBegin, kHeitieDocsStyleEnd});
}

}  // namespace heitie::gateway
