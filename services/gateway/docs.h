// The documentation that the build embeds: what docs/collect wrote of the story and the sources, and the files of /docs.
#ifndef HEITIE_SERVICES_GATEWAY_DOCS_H_
#define HEITIE_SERVICES_GATEWAY_DOCS_H_

#include <string>

#include "nlohmann/json_fwd.hpp"
#include "services/gateway/pages.h"

namespace heitie::gateway {

// Examples, answers, refusals and reasons (docs/collect).
nlohmann::json ToldByTheBuild();

// What whoever is refused for a reason of the canonical code, for example "ABORTED", does about it.
std::string WhatToDo(const std::string& code);

// All reasons as /reasons.json has them: each with its sentences and what to do.
std::string ReasonsJson(const nlohmann::json& told);

// /docs with its script and style, and /reasons.json.
void AddDocs(const nlohmann::json& told, Pages& pages);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_DOCS_H_
