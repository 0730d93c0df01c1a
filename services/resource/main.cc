#include "common/service/main.h"

#include "services/resource/money/ledger_watch.h"
#include "services/resource/service.h"

int main(int argc, char** argv) {
  heitie::service::Main main("resource", argc, argv);
  heitie::resource::Service service(main.context());
  heitie::resource::ShowLedgers(main.context().store);
  return main.Serve(service.rpc());
}
