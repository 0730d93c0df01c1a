// The people behind an activity, through the gateway, over gRPC and over HTTP/JSON, by people with different roles: an empty place, its
// money, two channels, interviews, the offer, the certificate that closes a gap, twelve months and the year, what follows from it, and a
// last day with something owned in every service (H1 to H7, S1, S2, W9, W10, W14). What is expected stands in the story.
#include <gtest/gtest.h>

#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

struct PeopleWay {
  const char* id;
  client::Client& (*client)();
};

class PeopleYear : public ::testing::TestWithParam<PeopleWay> {};

TEST_P(PeopleYear, GoesFromAnEmptyPlaceToTheLastDay) { World(Team(GetParam().client()), GetParam().id).PlayPeople(); }

INSTANTIATE_TEST_SUITE_P(Ways, PeopleYear,
                         ::testing::Values(PeopleWay{"grpc", []() -> client::Client& { return Suite::Get().grpc(); }},
                                           PeopleWay{"http", []() -> client::Client& { return Suite::Get().http(); }}));

}  // namespace
}  // namespace heitie::e2e
