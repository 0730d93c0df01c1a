// The words by which texts are found and compared, whatever language they are in. Pure functions.
#ifndef HEITIE_SERVICES_PLANNING_RESEARCH_TERMS_H_
#define HEITIE_SERVICES_PLANNING_RESEARCH_TERMS_H_

#include <set>
#include <string>

namespace heitie::planning {

// Any two characters of a Chinese text that follow each other ("市場趨勢" has 市場, 場趨 and 趨勢), and the whole words of everything else,
// apart from case and width. A single Chinese character is no term. Words are cut after 60 bytes.
std::set<std::string> TermsOf(const std::string& text);

// The text apart from case, width, blanks and punctuation, as a digest of 64 characters by which it is known again; empty for a text that
// has nothing else.
std::string TextFingerprint(const std::string& text);
// The same of a URL: apart from the case of scheme and host, a fragment and a slash at the end; empty for none.
std::string AddressFingerprint(const std::string& address);

// How many of the terms of either are those of both, in per cent, rounded down; 0 when neither has any.
int SharedPercent(const std::set<std::string>& a, const std::set<std::string>& b);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_RESEARCH_TERMS_H_
