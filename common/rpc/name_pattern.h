// Resource names (AIP-122) and their patterns: the one place that says what an id looks like.
#ifndef HEITIE_COMMON_RPC_NAME_PATTERN_H_
#define HEITIE_COMMON_RPC_NAME_PATTERN_H_

#include <string>

namespace heitie::rpc {

// [a-z0-9][a-z0-9-]{0,62}
bool IsResourceId(const std::string& id);
// Whether `name` fits `pattern`, for example "projects/{project}/tasks/{task}".
bool MatchesPattern(const std::string& name, const std::string& pattern);

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_NAME_PATTERN_H_
