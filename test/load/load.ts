import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import { Caller, GaveUp } from './caller.ts'
import { Host } from './host.ts'
import { Measures } from './measures.ts'
import { checkMemory } from './memory.ts'
import { report } from './report.ts'
import { Samples } from './samples.ts'
import { Talk } from './talk.ts'
import { Trouble } from './trouble.ts'
import { quiet, verify } from './verify.ts'

const USAGE = `Usage: npm run load -- [--seconds 300] [--conversations 200] [--pause-ms 5000]
                           [--kills 3] [--no-trouble]

Drives the real local server: many conversations at once, D1 slow or failing part of the time, the server killed
three times; then holds everything that was acknowledged against what is there. Exits with 1 where anything is not.`

/** Of the time there is: the kills come early, so that memory can be watched for a while after the last. */
const FIRST_KILL = 0.2
const KILL_EVERY = 0.15
const TROUBLE_ENDS = 0.85
const CONVERSATIONS_PER_OWNER = 10

interface Plan {
  seconds: number
  conversations: number
  pauseMs: number
  kills: number
  isTroubled: boolean
}

function planned(): Plan {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '300' },
      conversations: { type: 'string', default: '200' },
      'pause-ms': { type: 'string', default: '5000' },
      kills: { type: 'string', default: '3' },
      trouble: { type: 'boolean', default: true },
    },
    allowNegative: true,
  })
  const plan: Plan = {
    seconds: Number(values.seconds),
    conversations: Number(values.conversations),
    pauseMs: Number(values['pause-ms']),
    kills: Number(values.kills),
    isTroubled: values.trouble,
  }
  const { seconds, conversations, pauseMs, kills } = plan
  if (seconds >= 10 && conversations >= 1 && pauseMs >= 0 && kills >= 0) return plan
  throw new Error('Out of range.')
}

/** Users and visitors, turn about, each with some conversations. */
async function givenTalks(host: Host, measures: Measures, count: number): Promise<Talk[]> {
  const nobody = new Caller(host, measures, '')
  const { body } = await nobody.ask<{ paths: object }>('openapi', 'GET', '/openapi.json')
  const hasStreamRoute = '/api/conversations/{id}/stream' in body.paths
  const talks: Talk[] = []
  for (let index = 0; talks.length < count; index += 1) {
    const [owner, token] = await givenOwner(host, nobody, index % 2 === 0 ? 'user' : 'session')
    const caller = new Caller(host, measures, token)
    const some = Math.min(CONVERSATIONS_PER_OWNER, count - talks.length)
    talks.push(
      ...Array.from({ length: some }, () => new Talk(owner, caller, measures, hasStreamRoute)),
    )
  }
  return talks
}

async function givenOwner(host: Host, nobody: Caller, kind: 'user' | 'session') {
  if (kind === 'user') {
    const user = crypto.randomUUID()
    return [user, await host.userToken(user)] as const
  }
  type Session = { session_id: string; token: string }
  const { body } = await nobody.ask<Session>('session', 'POST', '/api/sessions')
  return [body.session_id, body.token] as const
}

async function killAt(times: number[], host: Host, trouble: Trouble, measures: Measures) {
  for (const at of times) {
    await sleep(Math.max(0, at - Date.now()))
    await host.kill()
    measures.count('kills')
    const since = Date.now()
    // Or the migrations would find it locked.
    await trouble.end()
    await host.start()
    measures.took('until back after a kill', Date.now() - since)
  }
}

// One that gave up has been noted, and is no reason not to look at the others.
async function talkUntil(talk: Talk, end: number, pauseMs: number): Promise<void> {
  try {
    await talk.create()
    await talk.runUntil(end, pauseMs)
  } catch (error) {
    if (!(error instanceof GaveUp)) throw error
  }
}

async function run(host: Host, measures: Measures, plan: Plan): Promise<void> {
  await host.start()
  const talks = await givenTalks(host, measures, plan.conversations)
  const [d1] = host.files('d1')
  if (d1 === undefined) throw new Error('The local D1 has no file.')
  const trouble = new Trouble(d1, measures)
  const samples = new Samples(host, trouble, d1, talks)
  const ms = plan.seconds * 1_000
  const began = Date.now()
  const end = began + ms
  console.log(`${plan.conversations} conversations talk for ${plan.seconds} s.`)
  const kills = Array.from(
    { length: plan.kills },
    (_, index) => began + (FIRST_KILL + KILL_EVERY * index) * ms,
  )
  await Promise.all([
    killAt(kills, host, trouble, measures),
    plan.isTroubled && trouble.makeUntil(began + TROUBLE_ENDS * ms, () => host.isUp),
    samples.lagUntil(end),
    samples.memoryUntil(end),
    ...talks.map((talk) => talkUntil(talk, end, plan.pauseMs)),
  ])
  const took = Date.now() - began
  await trouble.end()
  if (plan.kills > 0) {
    // With nobody to come back to them, these conversations have only their alarms to see them into the record.
    await Promise.all(talks.map((talk) => talk.lastWords()))
    await killAt([Date.now()], host, trouble, measures)
  }
  trouble.close()
  console.log('The load is over. Waiting until nothing is owed any more …')
  const quietMs = await quiet(host, measures)
  samples.takeLag()
  const checked = await verify(host, talks, measures)
  checkMemory(samples, measures)
  report({ measures, samples, log: host.log, took, quietMs, checked, talks })
}

async function main(): Promise<number> {
  let plan: Plan
  try {
    plan = planned()
  } catch {
    console.error(USAGE)
    return 1
  }
  const measures = new Measures()
  const host = new Host(measures)
  try {
    await run(host, measures, plan)
  } catch (error) {
    measures.break(`the run ended early: ${String(error)}`)
  } finally {
    await host.kill()
    host.remove()
  }
  if (measures.broken.length === 0) {
    console.log('Nothing that was acknowledged was lost, changed or doubled.')
    return 0
  }
  console.error(`BROKEN, ${measures.broken.length} times:`)
  for (const fault of measures.broken.slice(0, 50)) console.error(`  ${fault}`)
  return 1
}

process.exit(await main())
