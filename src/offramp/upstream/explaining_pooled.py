"""What went wrong in the general client, in words: to the owner with address and remedy, to callers less."""

import ssl

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from offramp.upstream.errors import Trouble, UpstreamFailed
from offramp.upstream.explaining import LOCATE, certificate, handshake, host_of, no_connection, of_resolver


def explained(error: Exception, url: str, proxy: str = "", *, has_begun: bool = False) -> UpstreamFailed:
    """`error` of a request to `url`, by way of `proxy` where there is one."""
    host = host_of(url)
    match error:
        case aiohttp.ClientHttpProxyError():
            return _by_proxy(error, proxy)
        case aiohttp.ClientProxyConnectionError():
            return _proxy_gone(error, proxy)
        case aiohttp.ClientConnectorDNSError():
            return UpstreamFailed(
                Trouble.NAME,
                f"the host of `{host}` does not resolve: {of_resolver(error.os_error)}",
                help=LOCATE,
                told="its name does not resolve",
            )
        case aiohttp.ClientConnectorCertificateError():
            return certificate(error.certificate_error, host)
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return handshake(
                error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error, host
            )
        case TimeoutError() if has_begun:
            return UpstreamFailed(
                Trouble.TIMEOUT,
                f"`{host}` stopped sending in the middle of its answer",
                told="it stopped sending in the middle of its answer",
            )
        case aiohttp.ConnectionTimeoutError():
            return no_connection(host)
        case TimeoutError():
            return UpstreamFailed(
                Trouble.TIMEOUT, f"`{host}` did not answer in time", told="it did not answer in time"
            )
        case aiohttp.ClientConnectorError():
            reason = (error.strerror or type(error.os_error).__name__).lower()
            return UpstreamFailed(
                Trouble.REFUSED, f"cannot connect to `{host}`: {reason}", told="no connection to it"
            )
        case aiohttp.ClientResponseError() | HttpProcessingError() | aiohttp.InvalidURL() | ValueError():
            return UpstreamFailed(
                Trouble.MALFORMED, f"`{host}` did not answer in HTTP", told="it did not answer in HTTP"
            )
        case aiohttp.ServerDisconnectedError() if url.startswith("https:") and not has_begun:
            return UpstreamFailed(
                Trouble.CUT,
                f"`{host}` closed the connection before it answered",
                help="its own log has the cause; a server that wants a certificate of ours closes like this: "
                "name `certificate` under `outbound`",
                told="it closed the connection before it answered",
            )
        case _:
            where = "in the middle of its answer" if has_begun else "before it answered"
            return UpstreamFailed(
                Trouble.CUT,
                f"`{host}` closed the connection {where}",
                told=f"it closed the connection {where}",
            )


def _by_proxy(error: aiohttp.ClientHttpProxyError, proxy: str) -> UpstreamFailed:
    where = host_of(proxy)
    help_line = "look into the proxy's own log; it must allow CONNECT to the upstream's host and port"
    if error.status == 407:
        help_line = "give `proxy_user` and `proxy_password` under `outbound`"
    return UpstreamFailed(
        Trouble.PROXY,
        f"the proxy `{where}` answered {error.status} instead of a way through",
        help=help_line,
        told="the way to it is closed",
    )


def _proxy_gone(error: aiohttp.ClientProxyConnectionError, proxy: str) -> UpstreamFailed:
    reason = (error.strerror or type(error.os_error).__name__).lower()
    return UpstreamFailed(
        Trouble.PROXY,
        f"cannot connect to the proxy `{host_of(proxy)}`: {reason}",
        help="check `proxy` under `outbound`, and that the proxy runs",
        told="the way to it is closed",
    )
