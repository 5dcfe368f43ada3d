import { describe, expect, test } from 'vitest'
import { interpret } from '../../src/language/interpret.ts'
import { company } from './company.ts'

/** Each narrows the request it is said beside, in words that no field may know. */
const NARROWING: Readonly<Record<string, readonly string[]>> = {
  en: [
    'but not the admin bits',
    'strictly for looking',
    'only for reading',
    "while Kim's around",
    'as long as the audit runs',
    'max 3 people',
    'from the office only',
    'unless ops objects',
    'provided that legal agrees',
    'if the change board says yes',
    'once the contract is signed',
    'when I say so',
    'whenever she is on shift',
    'until the release is out',
    'till the auditors leave',
    'for the duration of the audit',
    'during the migration',
    'after the freeze',
    'before the freeze',
    'the dashboards, nothing else',
    'minus the settings',
    'excluding the billing part',
    'apart from the reports section',
    'except the settings page',
    'without the export function',
    'not the API',
    'no writes please',
    'no admin rights though',
    'he must not edit anything',
    "he shouldn't change anything",
    'he may look but not touch',
    'they can look around',
    'view-only',
    'read-only will do',
    'just viewing',
    'purely for looking things up',
    'merely to look something up',
    'the settings stay locked',
    'the admin area remains off limits',
    'keep the admin area closed',
    'leave the settings out',
    'please exclude the API',
    'limited to the overview',
    'restricted to the landing page',
    'within reason, two people at a time',
    'one person at a time',
    'at most twice a day',
    'in the mornings',
    'outside peak hours',
    'on workdays',
    'at night',
    'from home he does not need it',
    'via the jump host',
    'through the bastion',
    'over the partner line',
    'from his laptop',
    'behind two factors',
    'with supervision',
    'with Kim watching',
    'under the supervision of the owner',
    'accompanied by somebody of ours',
    'the staging copy of it',
    'on staging',
    'in the test environment',
    'the read replica',
    'the internal part',
    'half of it',
    'some of it',
    'the usual parts',
    'the same as last time',
    'like before',
    'where the policy allows it',
    'subject to approval by the owner',
    'assuming the owner is fine with it',
    'in the event that the primary fails',
    'depending on the audit',
    'only he, nobody else of his team',
    'just the two of them',
    'the seniors only',
    'it ends when the contract ends',
    'it expires with his contract',
    'it stops after the demo',
    'close it after the demo',
    'take it away again after the demo',
    'he leaves after the sprint',
    'not at weekends',
    'never at night',
    'onyl for reading',
    'excpet the settings',
    'wihtout the settings',
    'this is a joke',
    'except that for bob it is just a look',
    'except when he is away',
  ],
  de: [
    'nur zum Lesen',
    'nur lesend',
    'aber nicht die Einstellungen',
    'ohne Adminrechte',
    'außer der Abrechnung',
    'ausgenommen die Berichte',
    'solange Kim da ist',
    'solange die Prüfung läuft',
    'wenn Legal zustimmt',
    'falls der Chef einverstanden ist',
    'sofern nichts dagegen spricht',
    'sobald der Vertrag unterschrieben ist',
    'bis die Prüfer weg sind',
    'während der Migration',
    'nach dem Umzug',
    'höchstens drei Leute',
    'maximal zwei Personen',
    'er darf nichts ändern',
    'er soll nur schauen',
    'ausschließlich die Übersicht',
    'lediglich die Übersicht',
    'nachts nicht',
    'kein Schreibzugriff',
    'aus dem Büro',
    'unter Aufsicht',
    'die Einstellungen bleiben zu',
    'im Testsystem',
    'das ist für die neuen Kollegen',
  ],
  es: [
    'solo para mirar',
    'solamente lectura',
    'pero no los ajustes',
    'sin permisos de administrador',
    'salvo los informes',
    'excepto la parte de facturación',
    'mientras Kim esté aquí',
    'mientras dure la auditoría',
    'si legal está de acuerdo',
    'a menos que ops se oponga',
    'cuando firmen el contrato',
    'hasta que se vayan los auditores',
    'durante la migración',
    'después de la migración',
    'como máximo tres personas',
    'desde la oficina',
    'no puede cambiar nada',
    'únicamente el resumen',
    'nada de escribir',
    'en el entorno de pruebas',
  ],
  fr: [
    'seulement pour lire',
    'uniquement en lecture',
    'mais pas les réglages',
    'sans droits d’administration',
    'sauf la facturation',
    'hormis les rapports',
    'tant que Kim est là',
    'tant que l’audit dure',
    'si le juridique est d’accord',
    'à moins que ops ne s’y oppose',
    'quand le contrat sera signé',
    'jusqu’à ce que les auditeurs partent',
    'pendant la migration',
    'après la migration',
    'trois personnes au maximum',
    'depuis le bureau',
    'il ne doit rien modifier',
    'rien que la page de garde',
    'pas d’écriture',
    'sur la préproduction',
    'sauf que pour bob ce n’est que pour voir',
  ],
}

const FRAMES: Readonly<
  Record<string, readonly [plain: string, ...narrowed: readonly ((narrowing: string) => string)[]]>
> = {
  en: [
    'give bob access to wiki until friday',
    (narrowing) => `give bob access to wiki until friday, ${narrowing}`,
    (narrowing) => `give bob access to wiki until friday. ${narrowing}.`,
    (narrowing) => `please give bob access to wiki (${narrowing}) until friday`,
    (narrowing) => `give bob access to wiki until friday, he is in a hurry, ${narrowing}, thanks`,
    (narrowing) => `bob needs wiki until friday - ${narrowing}`,
  ],
  de: [
    'gib bob zugriff auf wiki bis freitag',
    (narrowing) => `gib bob bitte Zugriff auf wiki bis Freitag, ${narrowing}`,
    (narrowing) => `Bob braucht wiki bis Freitag. ${narrowing}.`,
    (narrowing) => `Bob braucht wiki bis Freitag, es ist dringend, ${narrowing}, danke`,
  ],
  es: [
    'dale a bob acceso a wiki hasta el viernes',
    (narrowing) => `dale a bob acceso a wiki hasta el viernes, ${narrowing}`,
    (narrowing) => `bob necesita wiki hasta el viernes. ${narrowing}.`,
    (narrowing) => `bob necesita wiki hasta el viernes, es urgente, ${narrowing}, gracias`,
  ],
  fr: [
    'donne à bob accès au wiki jusqu’à vendredi',
    (narrowing) => `donne à bob accès au wiki jusqu’à vendredi, ${narrowing}`,
    (narrowing) => `bob a besoin du wiki jusqu’à vendredi. ${narrowing}.`,
    (narrowing) => `bob a besoin du wiki jusqu’à vendredi, c’est urgent, ${narrowing}, merci`,
  ],
}

describe('what narrows a request is read by a field or asked about, wherever it stands and in whatever words', () => {
  for (const [language, narrowings] of Object.entries(NARROWING)) {
    const [plain, ...frames] = FRAMES[language] ?? ['']
    test(`${language}: the request alone is read whole`, () => {
      expect(interpret(plain, company())).toEqual({
        kind: 'grant',
        subjects: [{ type: 'person', id: 'bob' }],
        services: ['wiki'],
        window: { end: '2026-11-27T23:59:59+01:00', precision: 'day' },
      })
    })
    test.each(narrowings)(`${language}: %s`, (narrowing) => {
      const silent = frames
        .map((frame) => frame(narrowing))
        .filter((text) => {
          const { reason: _reason, flags: _flags, ...intent } = interpret(text, company())
          return JSON.stringify(intent) === JSON.stringify(interpret(plain, company()))
        })
      expect(silent).toEqual([])
    })
  }
})

test('German "also" says which one is meant, English "also" says one more', () => {
  expect(interpret('Gib Bob bitte wiki, also payments, bis Freitag', company()).services).toEqual(['payments'])
  expect(interpret('give bob wiki, also payments, until friday', company()).services).toEqual(['wiki', 'payments'])
})

describe('what is only said beside a request is not asked about', () => {
  test.each([
    "bob needs wiki until friday, the landlord is in the building and they're getting itchy",
    'the boss is breathing down my neck. bob needs wiki until friday',
    "give bob wiki until friday please, he's covering for carol",
    'bob needs wiki until friday. finance already knows.',
    'for the audit: bob -> wiki until friday',
    'bob needs wiki until friday, cheers, alice',
    "bob needs wiki until friday and he's in a hurry",
    'give bob wiki until friday when you can, no rush, let me know when it is done',
    'give bob wiki until friday, nobody else, thanks in advance!',
    "bob needs wiki until friday. sorry for the short notice, hope that's ok",
    'bob braucht wiki bis freitag, das ist echt dringend und er dreht schon durch',
    'Bob braucht wiki bis Freitag, wenn es geht, sag bitte Bescheid wenn es klappt, vielen Dank im Voraus',
    'bob necesita wiki hasta el viernes, es que el jefe está nervioso, gracias de antemano',
    "bob a besoin du wiki jusqu'à vendredi, c'est la panique ici, merci d'avance",
  ])('%s', (text) => {
    const { subjects, services, window, needsClarification } = interpret(text, company())
    expect({ subjects, services, window, needsClarification }).toEqual({
      subjects: [{ type: 'person', id: 'bob' }],
      services: ['wiki'],
      window: { end: '2026-11-27T23:59:59+01:00', precision: 'day' },
    })
  })

  test('what is not to be done is part of the request, though it sounds like a request refused', () => {
    const { kind, needsClarification } = interpret(
      "give bob wiki until friday. don't let him change anything.",
      company(),
    )
    expect(kind).toBe('grant')
    expect(needsClarification).toContain('service')
  })
})

test('who is only told of in a later sentence gets nothing, and what is named and left out in one breath is left out', () => {
  const sentence = interpret('open wiki for bob until friday. Felix stands beside carol.', company())
  expect(sentence.needsClarification).toContain('subject')
  const english = interpret('give bob wiki and payments (NOT wiki in the end, sorry) until friday', company())
  expect(english.services).not.toContain('wiki')
  const story = interpret(
    'carol will be on the wiki all week, please open payments for her until friday, tcp 443 only',
    company(),
  )
  expect([story, ...(story.additional ?? [])].filter(({ kind }) => kind === 'grant')).toHaveLength(1)
  const spanish = interpret('dale wiki a bob hasta el viernes. Es que anda cubriendo a carol', company())
  expect(spanish).toMatchObject({ subjects: [{ type: 'person', id: 'bob' }] })
  expect(interpret('bob no longer works in wiki, take everything away', company()).needsClarification).toContain(
    'service',
  )
})
