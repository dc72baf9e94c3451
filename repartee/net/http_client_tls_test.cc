#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <boost/asio/ssl.hpp>
#include <filesystem>

#include "repartee/net/http_client.h"
#include "repartee/net/test_peers.h"

namespace repartee {
namespace {

namespace ssl = boost::asio::ssl;
using ::testing::AnyOf;
using ::testing::HasSubstr;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

// A key and a certificate for it, signed by itself, as PEM files while it lives.
class SelfSigned {
 public:
  explicit SelfSigned(const std::string& names)
      : folder_(std::filesystem::temp_directory_path() / ("repartee-tls-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    X509* const x = certificate.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_EXTENSION* const extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(x, key.get(), EVP_sha256());
    PEM_write_PrivateKey(File(std::fopen(key_file().c_str(), "w")).get(), key.get(), nullptr, nullptr, 0,
                         nullptr, nullptr);
    PEM_write_X509(File(std::fopen(file().c_str(), "w")).get(), x);
  }
  ~SelfSigned() { std::filesystem::remove_all(folder_); }

  std::string file() const { return folder_ / "certificate.pem"; }
  std::string key_file() const { return folder_ / "key.pem"; }

 private:
  std::filesystem::path folder_;
};

// Answers `requests` of one connection with "secret".
class TlsServer {
 public:
  TlsServer(const SelfSigned& identity, int requests, bool wants_client_certificate = false) {
    context_.use_certificate_chain_file(identity.file());
    context_.use_private_key_file(identity.key_file(), ssl::context::pem);
    if (wants_client_certificate) {
      context_.load_verify_file(identity.file());
      context_.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    }
    thread_ = std::thread([this, requests] { Serve(requests); });
  }
  ~TlsServer() {
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    thread_.join();
  }
  std::string Url(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(acceptor_.local_endpoint().port()) + "/";
  }
  const std::string& server_name() const { return server_name_; }

 private:
  void Serve(int requests) {
    boost::system::error_code error;
    ssl::stream<boost::asio::ip::tcp::socket> stream(acceptor_.accept(error), context_);
    if (!error) stream.handshake(ssl::stream_base::server, error);
    if (error) return;
    const char* const name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
    server_name_ = name ? name : "";
    std::string received;
    for (int i = 0; i < requests; ++i) {
      const std::size_t bytes =
          boost::asio::read_until(stream, boost::asio::dynamic_buffer(received), "\r\n\r\n", error);
      if (error) return;
      received.erase(0, bytes);
      boost::asio::write(
          stream, boost::asio::buffer("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret", 44), error);
    }
  }

  boost::asio::io_context io_;
  ssl::context context_{ssl::context::tls_server};
  boost::asio::ip::tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::string server_name_;
  std::thread thread_;
};

HttpRequest To(std::string url) {
  HttpRequest request;
  request.target = std::move(url);
  return request;
}

HttpClientOptions Trusting(const SelfSigned& identity) {
  HttpClientOptions options;
  options.ca_file = identity.file();
  return options;
}

TEST(HttpClientTls, FetchesFromWhomItTrusts) {
  const SelfSigned identity("IP:127.0.0.1");
  const TlsServer server(identity, 1);

  const auto answer = FetchBlocking(To(server.Url("127.0.0.1")), {}, Trusting(identity));

  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "secret");
}

TEST(HttpClientTls, NamesTheServerAndKeepsTheConnection) {
  const SelfSigned identity("DNS:localhost");
  const TlsServer server(identity, 2);
  EventLoop loop;
  HttpClient client(loop, Trusting(identity));

  for (int i = 0; i < 2; ++i) {
    std::optional<Result<HttpResponse>> answer;
    const auto call =
        client.Fetch(To(server.Url("localhost")), {}, [&](Result<HttpResponse> r) { answer = std::move(r); });
    ASSERT_TRUE(loop.RunUntil([&] { return answer.has_value(); }, std::chrono::seconds(20)));
    EXPECT_TRUE(answer->ok()) << answer->status();
  }
  EXPECT_EQ(server.server_name(), "localhost");
}

TEST(HttpClientTls, RefusesAnUnknownCertificate) {
  const SelfSigned identity("IP:127.0.0.1");
  const TlsServer server(identity, 1);

  const auto answer = FetchBlocking(To(server.Url("127.0.0.1")));

  EXPECT_EQ(answer.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(answer.status().message(), HasSubstr("TLS handshake failed: self-signed certificate"));
}

TEST(HttpClientTls, RefusesACertificateForAnotherName) {
  const SelfSigned identity("DNS:example.com,IP:127.0.0.2");
  const TlsServer server(identity, 1);

  const auto answer = FetchBlocking(To(server.Url("127.0.0.1")), {}, Trusting(identity));

  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.status().message(), HasSubstr("TLS handshake failed"));
}

TEST(HttpClientTls, ShowsItsOwnCertificate) {
  const SelfSigned identity("IP:127.0.0.1");
  const TlsServer server(identity, 1, true);
  HttpClientOptions options = Trusting(identity);
  options.client_certificate_file = identity.file();
  options.client_key_file = identity.key_file();

  const auto answer = FetchBlocking(To(server.Url("127.0.0.1")), {}, options);

  EXPECT_TRUE(answer.ok()) << answer.status();
}

TEST(HttpClientTls, NamesAFileThatItCannotUse) {
  HttpClientOptions options;
  options.ca_file = "/no/such/ca.pem";

  const auto answer = FetchBlocking(To("https://127.0.0.1:1/"), {}, options);

  EXPECT_EQ(answer.status().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(answer.status().message(), HasSubstr("/no/such/ca.pem"));
}

TEST(HttpClientTls, SaysThatTheServerSpeaksNoTls) {
  ScriptedServer server(1, [](RawSocket& socket, int) {
    socket.ReadBytes(1);
    socket.Send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });

  const auto answer = FetchBlocking(To("https://127.0.0.1:" + std::to_string(server.port())));

  EXPECT_THAT(answer.status().message(), HasSubstr("TLS handshake failed"));
}

}  // namespace
}  // namespace repartee
