// RequestParser: Beast's HTTP/1.1 parser writing straight into an HttpRequest.
//
// Feed it bytes with put(); it stops after the header, so that the body's limit can
// depend on the path. Trailers are dropped: a field must not arrive behind the back
// of whoever judged the header.
//
// Internal to net/. Thread: its connection's.
#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include "repartee/net/http.h"

namespace repartee {

class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  HttpRequest request;
  int version = 11;  // 10 or 11
  int host_fields = 0;
  bool other_coding = false;  // a transfer coding that is not plain "chunked"

 private:
  using Error = boost::beast::error_code;
  using View = boost::beast::string_view;
  static std::string Copy(View text) { return {text.data(), text.size()}; }

  void on_request_impl(boost::beast::http::verb, View method, View target, int http_version,
                       Error&) override {
    request.method = Copy(method);
    request.target = Copy(target);
    version = http_version;
  }
  void on_response_impl(int, View, int, Error&) override {}
  void on_field_impl(boost::beast::http::field field, View name, View value, Error&) override {
    if (header_done_) return;
    if (field == boost::beast::http::field::host) ++host_fields;
    if (field == boost::beast::http::field::transfer_encoding) {
      other_coding = other_coding || !EqualsIgnoringCase({value.data(), value.size()}, "chunked");
    }
    request.headers.Add(Copy(name), Copy(value));
  }
  void on_header_impl(Error&) override { header_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Error&) override {
    if (length) request.body.reserve(static_cast<std::size_t>(*length));
  }
  std::size_t on_body_impl(View bytes, Error&) override {
    request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View bytes, Error& error) override {
    return on_body_impl(bytes, error);
  }
  void on_finish_impl(Error&) override {}

  bool header_done_ = false;
};

}  // namespace repartee
