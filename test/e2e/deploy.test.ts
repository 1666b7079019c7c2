import { expect, onTestFinished, test } from 'vitest'

import { type Plan, placeIn, refusals } from '../../src/local/deploy-checks.ts'
import { Project } from './project.ts'

const plan = (changed: Partial<Plan>): Plan => ({
  databaseId: '0198c0de-0000-7000-8000-000000000001',
  jurisdiction: '',
  stated: '',
  actual: undefined,
  ...changed,
})

test.each<[what: string, changed: Partial<Plan>]>([
  ['nothing is restricted', {}],
  ['nobody asked for a restriction', { actual: 'eu' }],
  ['both are in the same place', { jurisdiction: 'eu', actual: 'eu' }],
  ['the operator says so, and the account nothing', { jurisdiction: 'eu', stated: 'eu' }],
])('a deploy goes on if %s', (_, changed) => {
  expect(refusals(plan(changed))).toEqual([])
})

test.each<[what: string, changed: Partial<Plan>, says: string]>([
  ['no database is named', { databaseId: undefined }, 'has no database_id'],
  ['the database is elsewhere', { jurisdiction: 'eu', actual: 'us' }, 'the database is in us'],
  ['the database is unrestricted', { jurisdiction: 'eu', actual: null }, 'is not restricted'],
  [
    'the account contradicts the operator',
    { jurisdiction: 'eu', stated: 'eu', actual: null },
    'is not restricted',
  ],
  ['nobody knows where it is', { jurisdiction: 'eu' }, 'set DATABASE_JURISDICTION = "eu"'],
])('a deploy is refused if %s', (_, changed, says) => {
  expect(refusals(plan(changed))).toEqual([expect.stringContaining(says)])
})

test.each([
  ['{"uuid":"x","jurisdiction":"eu"}', 'eu'],
  ['{"uuid":"x","jurisdiction":null}', null],
  ['a banner\n{"uuid":"x"}', undefined],
  ['no json', undefined],
])('reads from %j where the database is', (info, place) => {
  expect(placeIn(info)).toBe(place)
})

test('a dry run needs no account, and says what a deploy would refuse', async () => {
  const project = new Project()
  onTestFinished(() => project.remove())
  const refused = await project.run('run', 'deploy', '--', '--dry-run')
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('has no database_id')])
  const named = project
    .read('wrangler.toml')
    ?.replace('00000000-0000-0000-0000-000000000000', '0198c0de-0000-7000-8000-000000000001')
  project.write('wrangler.toml', named ?? '')
  const went = await project.run('run', 'deploy', '--', '--dry-run')
  expect([went.code, went.stdout]).toEqual([0, expect.stringContaining('--dry-run: exiting now.')])
  project.set('JURISDICTION', 'eu')
  project.set('DATABASE_JURISDICTION', 'us')
  const misplaced = await project.run('run', 'deploy', '--', '--dry-run')
  expect([misplaced.code, misplaced.stderr]).toEqual([1, expect.stringContaining('is in us')])
})
