import ipaddr from 'ipaddr.js'

/** The bits of an IPv6 address that name a network: whoever has one such network has all of its 2^64 addresses. */
const NETWORK_BITS = 64

/**
 * What stands for a client's address where callers are counted: an IPv4 address as it is, of IPv6 the network, each
 * in one spelling. What is no address stands for itself.
 */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString()
  const network = ipaddr.IPv6.networkAddressFromCIDR(
    `${new ipaddr.IPv6(parsed.parts).toString()}/${NETWORK_BITS}`,
  )
  return `${network.toString()}/${NETWORK_BITS}`
}
