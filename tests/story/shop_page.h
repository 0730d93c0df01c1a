// The page that breaks in the story: a server on this machine that answers as the story goes on.
#ifndef HEITIE_TESTS_STORY_SHOP_PAGE_H_
#define HEITIE_TESTS_STORY_SHOP_PAGE_H_

#include <atomic>
#include <string>

#include "common/web/server_testing.h"
#include "tests/story/player.h"

namespace heitie::story {

// As long as it lives `player` finds the page. It must live as long as the player plays.
class ShopPage {
 public:
  explicit ShopPage(Player& player) {
    player.Give("pagePort", server_.port());
    player.At("PAGE_BROKEN", [this] { broken_ = true; });
    player.At("PAGE_MENDED", [this] { broken_ = false; });
  }
  ShopPage(const ShopPage&) = delete;

 private:
  std::atomic<bool> broken_ = false;
  web::TestServer server_{[this](const std::string&, web::Peer& peer) {
    peer.Send(broken_ ? web::Ok("Out of memory", "500 Internal Server Error") : web::Ok("Lantern evening: tickets"));
  }};
};

}  // namespace heitie::story

#endif  // HEITIE_TESTS_STORY_SHOP_PAGE_H_
