// A plugin of protoc: for each gRPC service a header of constants by which its methods are called, so that the compiler checks method, request
// and answer (common/client/method.h).
//
//   risk/v1/register_service.proto → risk/v1/register_service.methods.h, with heitie::risk::v1::method::SummarizeRisks
#include <google/protobuf/compiler/code_generator.h>
#include <google/protobuf/compiler/plugin.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/printer.h>
#include <google/protobuf/io/zero_copy_stream.h>

#include <cctype>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;

// "heitie.risk.v1" → "heitie::risk::v1".
std::string NamespaceOf(const std::string& package) {
  std::string name;
  for (const char c : package) name += c == '.' ? "::" : std::string(1, c);
  return name;
}

// "heitie/risk/v1/register_service.proto" → "HEITIE_RISK_V1_REGISTER_SERVICE_METHODS_H_".
std::string GuardOf(const std::string& file) {
  std::string guard = file.substr(0, file.rfind('.')) + "_METHODS_H_";
  for (char& c : guard) c = std::isalnum(static_cast<unsigned char>(c)) ? static_cast<char>(std::toupper(c)) : '_';
  return guard;
}

class Methods final : public google::protobuf::compiler::CodeGenerator {
 public:
  uint64_t GetSupportedFeatures() const override { return FEATURE_PROTO3_OPTIONAL; }

  bool Generate(const FileDescriptor* file, const std::string&, google::protobuf::compiler::GeneratorContext* context,
                std::string*) const override {
    if (file->service_count() == 0) return true;
    const std::string stem = file->name().substr(0, file->name().rfind('.'));
    const std::unique_ptr<google::protobuf::io::ZeroCopyOutputStream> stream(context->Open(stem + ".methods.h"));
    google::protobuf::io::Printer out(stream.get(), '$');
    const std::string guard = GuardOf(file->name());
    out.Print("// The methods of $file$, for calls.\n#ifndef $guard$\n#define $guard$\n\n#include \"common/client/method.h\"\n", "file",
              file->name(), "guard", guard);
    Declare(*file, out);
    out.Print("\nnamespace $namespace$::method {\n", "namespace", NamespaceOf(file->package()));
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) Define(*file->service(i)->method(j), out);
    }
    out.Print("}  // namespace $namespace$::method\n\n#endif\n", "namespace", NamespaceOf(file->package()));
    return true;
  }

 private:
  // The messages, by name only: who calls includes what it needs of them.
  static void Declare(const FileDescriptor& file, google::protobuf::io::Printer& out) {
    std::map<std::string, std::set<std::string>> messages;
    const auto add = [&](const Descriptor& message) { messages[message.file()->package()].insert(message.name()); };
    for (int i = 0; i < file.service_count(); ++i) {
      for (int j = 0; j < file.service(i)->method_count(); ++j) {
        add(*file.service(i)->method(j)->input_type());
        add(*file.service(i)->method(j)->output_type());
      }
    }
    for (const auto& [package, names] : messages) {
      out.Print("\nnamespace $namespace$ {\n", "namespace", NamespaceOf(package));
      for (const std::string& name : names) out.Print("class $name$;\n", "name", name);
      out.Print("}  // namespace $namespace$\n", "namespace", NamespaceOf(package));
    }
  }

  static void Define(const MethodDescriptor& method, google::protobuf::io::Printer& out) {
    if (method.server_streaming() || method.client_streaming()) return;
    const auto type = [](const Descriptor& message) { return NamespaceOf(message.file()->package()) + "::" + message.name(); };
    // "heitie.risk.v1" → "risk".
    const std::string package = method.file()->package();
    const std::string process = package.substr(package.find('.') + 1, package.rfind('.') - package.find('.') - 1);
    out.Print("inline constexpr client::Method<::$request$, ::$answer$> $name${\"$process$\", \"$service$/$name$\"};\n", "request",
              type(*method.input_type()), "answer", type(*method.output_type()), "name", method.name(), "process", process, "service",
              method.service()->full_name());
  }
};

}  // namespace

int main(int argc, char** argv) {
  const Methods methods;
  return google::protobuf::compiler::PluginMain(argc, argv, &methods);
}
