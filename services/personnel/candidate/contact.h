// How people can be reached, in the form in which it is compared: one person writes an address or a number in many ways. Pure functions, on
// ICU and libphonenumber.
#ifndef HEITIE_SERVICES_PERSONNEL_CANDIDATE_CONTACT_H_
#define HEITIE_SERVICES_PERSONNEL_CANDIDATE_CONTACT_H_

#include <functional>
#include <optional>
#include <string>

namespace heitie::personnel {

// An e-mail address without width, case, invisible characters and blanks around it (NFKC_Casefold), its domain in ASCII (UTS 46); nullopt
// when it is none. The text is UTF-8.
std::optional<std::string> NormalEmail(const std::string& given);

// A telephone number in E.164, `+886912345678`, from digits of any width and script; nullopt when no number has that form. `region` is a
// CLDR region that IsPhoneRegion knows.
std::optional<std::string> NormalPhone(const std::string& given, const std::string& region);
bool IsPhoneRegion(const std::string& region);

// A keyed hash of a normal form, of at most 64 bytes: equal ones have equal hashes, and without the key nobody can try out what they are
// of. `purpose` keeps addresses and numbers apart. Thread-safe.
using Digest = std::function<std::string(const std::string& purpose, const std::string& text)>;

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CANDIDATE_CONTACT_H_
