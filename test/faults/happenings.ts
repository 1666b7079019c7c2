import * as fc from 'fast-check'

import { Happening } from './commands.ts'
import type { Model } from './expected.ts'
import type { World } from './world.ts'

const oneOf = (names: string[]) =>
  fc
    .tuple(fc.constantFrom(...names), fc.nat(20), fc.nat(9), fc.boolean())
    .map((drawn) => new Happening(...drawn))

/** What goes wrong: half as often as something is asked for, however many protocols ask. */
const faults = [
  oneOf(['weather', 'weather', 'fair', 'lose', 'cutShort', 'evict', 'ring', 'late', 'wait']),
  oneOf(['snapshot', 'restore', 'restoreObject', 'look', 'look']),
  oneOf(['loseAlarm', 'loseAlarm', 'breakSteps', 'mendSteps', 'failStatement', 'failStatement']),
]

/** Often enough that most schedules have a conversation or two for all the rest to happen to. */
const beginnings = [oneOf(['create', 'create', 'begin', 'chatBegin', 'importIt', 'importAgain'])]

/** What a schedule is made of: mostly calls, with faults among them. */
export const happenings: fc.Arbitrary<fc.AsyncCommand<Model, World>>[] = [
  ...beginnings,
  ...beginnings,
  ...beginnings,
  oneOf(['append', 'append', 'appendMany', 'retry', 'contradict', 'strange']),
  oneOf(['chat', 'chat', 'chatAgain', 'chatRegenerate', 'chatResume']),
  oneOf([
    'proceed',
    'stream',
    'leave',
    'retry',
    'interrupt',
    'stop',
    'join',
    'talkOver',
    'summarise',
  ]),
  oneOf(['edit', 'edit', 'editAndAsk', 'another', 'another', 'goTo', 'goTo', 'retry']),
  oneOf(['respond', 'respondStreaming', 'respondLater', 'deleteIt', 'deleteIt', 'retry']),
  oneOf([
    'auiBegin',
    'auiStream',
    'auiStream',
    'auiStream',
    'auiWhole',
    'auiAgain',
    'auiCheckpoint',
  ]),
  oneOf(['auiCheckpoint', 'auiEnd', 'auiFeedback', 'auiSilence', 'auiSilence']),
  oneOf(['rename', 'archive', 'restoreIt', 'exportIt', 'exportAll', 'list']),
  oneOf(['link', 'erase', 'eraseAll', 'cron', 'reconcile', 'age']),
  oneOf(['search', 'search', 'indexWeather', 'indexWeather', 'loseIndex', 'reindex']),
  oneOf(['show', 'auiShow', 'auiShow', 'showInline', 'uploadIt', 'bucketWeather', 'bucketWeather']),
  ...faults,
  ...faults,
]
