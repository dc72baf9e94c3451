// The compiled part of Asio's TLS and of Beast, once for all files (see BOOST_*_SEPARATE_COMPILATION).
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
