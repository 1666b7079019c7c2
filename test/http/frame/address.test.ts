import { expect, test } from 'vitest'

import { networkOf } from '../../../src/http/frame/rate-limits.ts'

test.each([
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:0002::A', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002:0003:0004:0005:0006', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['::', '::/64'],
  ['::1', '::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['fe80::2%25', 'fe80::/64'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['::FFFF:cb00:7109', '203.0.113.9'],
  ['203.0.113.9', '203.0.113.9'],
  ['203.0.113.10', '203.0.113.10'],
  ['unknown', 'unknown'],
  ['', ''],
  ['2001:db8::g', '2001:db8::g'],
])('%s is counted as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
