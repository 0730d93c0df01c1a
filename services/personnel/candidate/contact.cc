#include "services/personnel/candidate/contact.h"

#include <phonenumbers/phonenumberutil.h>
#include <unicode/idna.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <set>

namespace heitie::personnel {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

// RFC 5321.
constexpr size_t kLongestEmail = 254;

// In ASCII and lower case; empty when it is no domain of two labels or more.
std::string DomainOf(const icu::UnicodeString& domain) {
  UErrorCode error = U_ZERO_ERROR;
  static const icu::IDNA* const idna = [] {
    UErrorCode made = U_ZERO_ERROR;
    return icu::IDNA::createUTS46Instance(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_USE_STD3_RULES, made);
  }();
  icu::IDNAInfo info;
  icu::UnicodeString ascii;
  if (idna == nullptr) return "";
  idna->nameToASCII(domain, ascii, info, error);
  if (U_FAILURE(error) || info.hasErrors()) return "";
  std::string name;
  ascii.toUTF8String(name);
  return name.find('.') == std::string::npos ? "" : name;
}

}  // namespace

std::optional<std::string> NormalEmail(const std::string& given) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const casefold = icu::Normalizer2::getNFKCCasefoldInstance(error);
  if (U_FAILURE(error)) return std::nullopt;
  icu::UnicodeString folded = casefold->normalize(icu::UnicodeString::fromUTF8(given), error);
  folded.trim();
  const int32_t at = folded.lastIndexOf(u'@');
  if (U_FAILURE(error) || at <= 0) return std::nullopt;
  const icu::UnicodeString local = folded.tempSubString(0, at);
  for (int32_t i = 0; i < local.length(); i = local.moveIndex32(i, 1)) {
    const UChar32 c = local.char32At(i);
    if (c == u'@' || u_isUWhiteSpace(c) || u_iscntrl(c)) return std::nullopt;
  }
  const std::string domain = DomainOf(folded.tempSubString(at + 1));
  if (domain.empty()) return std::nullopt;
  std::string email;
  local.toUTF8String(email);
  email += "@" + domain;
  if (email.size() > kLongestEmail) return std::nullopt;
  return email;
}

std::optional<std::string> NormalPhone(const std::string& given, const std::string& region) {
  const PhoneNumberUtil& phones = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  // Possible, not valid: the library's lists of the ranges in use are older than the numbers that people have.
  if (phones.Parse(given, region, &number) != PhoneNumberUtil::NO_PARSING_ERROR || !phones.IsPossibleNumber(number)) return std::nullopt;
  std::string normal;
  phones.Format(number, PhoneNumberUtil::E164, &normal);
  return normal;
}

bool IsPhoneRegion(const std::string& region) {
  static const std::set<std::string>& regions = *[] {
    auto* supported = new std::set<std::string>;
    PhoneNumberUtil::GetInstance()->GetSupportedRegions(supported);
    return supported;
  }();
  return regions.count(region) > 0;
}

}  // namespace heitie::personnel
