import type { IntentKind } from './intent.ts'
import type { Item } from './items.ts'
import type { WordClass } from './words.ts'

/**
 * The verbs of an act, heard as what they are once it is known what the act does: "hook Bob up with wiki" gives, "boot Bob off wiki"
 * takes, and "needs to poke around in wiki" reaches. Before that they are words like any other ("a set", "the boot").
 */
export function withVerbs(items: readonly Item[], kind: IntentKind): readonly Item[] {
  const carrying = CARRIES[kind]
  const several = new Set(items.flatMap(namesWho)).size > 1
  return items.map((item, index): Item => {
    // "Go on using wiki": what follows is no way in.
    if (item.is === 'word' && item.word === 'using' && namesService(items[index + 1]))
      return { ...item, class: 'reach' }
    if (item.is !== 'unknown' || (several && EVENTS.has(item.word))) return item
    const bare = item.word.replace(/-(?:lui|leur|nous|moi|les?|la|y|en|toi|vous|tu)$/, '')
    // "Ábreles", "quítaselo": Spanish writes whom and what onto the verb.
    const root = bare.replace(/(?:me|les?|nos|se)(?:l[oa]s?)?$/, '')
    const verb = carrying?.find(([words]) => words.has(bare) || (root.length > 2 && words.has(root)))
    if (verb) return { ...item, is: 'word', class: verb[1] }
    const reaches =
      kind !== 'diagnose' &&
      (isInfinitive(items, index) ||
        closesSentence(items, index) ||
        (PARTICLE.test(item.word) && isInfinitive(items, index - 1)))
    return reaches ? { ...item, is: 'word', class: 'reach' } : item
  })
}

const namesService = (item: Item | undefined): boolean =>
  item?.is === 'name' && item.mention.entities.every(({ type }) => type === 'service')

const namesWho = (item: Item): readonly string[] =>
  item.is === 'name' && item.mention.entities.some(({ type }) => type === 'person' || type === 'group')
    ? [item.mention.entities.map(({ type, id }) => `${type}:${id}`).join()]
    : item.is === 'literal' && (item.literal.is === 'mention' || item.literal.is === 'email')
      ? [`account:${item.at}`]
      : []

const words = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/).filter((word) => word !== ''))

const GIVING = words(`
  loop rope lump set hook sort fix rig kit wire plug chuck pop stick throw slot squeeze sneak bring put get clear admit enrol enroll lend equip hand link
  connect punch poke drill wave pass turn switch giving granting adding opening putting getting sorting enabling arrange ensure make
  provision activate green-light greenlight mind sign move take
  richte richtet richten stell stelle stellt stellen mach mache macht machen trag trage tragt eintragen einrichten fug fuge fugt hinzufugen
  bereitstellen ermogliche ermoglichen berechtige berechtigen verschaffe verschaffen besorg besorge besorgen schaltet schalten freigabe
  offnet aufmachen aufschalten reinlassen gestatten erteile erteilen bereit
  habilita habilitar habilitad habiliten autoriza autorizar autorice autoricen facilita facilitar agrega agregar agregue agreguen anade
  anadir anadid mete meter meted pon poner poned pongan deja dejar dejad dejen desbloquea desbloquear conecta conectar activa activar haz
  deme denle denles dadle dadles dadme abran abrid ponme ponle metele
  abre abrir abres da dar das dame dale dadme donne donner donnez accorde accorder accordez ouvre ouvrir ouvrez autorise autorisez
  mets met mettre mettez ajoute ajouter ajoutez rajoute rajouter rajoutez laisse laisser laissez permets permettez debloque debloquer
  debloquez octroie octroyer activer activez inscris inscrire habiliter ouvrons fais faites`)
const NEEDING = words(`
  ocupo ocupa ocupan ocupamos urge
  lacks lack lacking needed required wanted wanna gotta missing appreciate use used keen after
  muss mussen musst musste mussten mussen sollte sollten hatten hatte beantrage beantragen bitten
  quisiera quisieran quisieramos querria querrian precisa precisan preciso precisamos deberia deberian necesitaria necesitarian
  necesitariamos falta solicito solicita solicitamos solicitan pido pedimos gustaria pueda puedan podrian pudiera pudieran tenga tengan
  entre entren acceda accedan debe tengo tenemos
  faut faudra faudrait aimerait aimerais aimeraient souhaite souhaitent souhaitons souhaiterait souhaiteraient devrait devraient devra
  doivent voudraient voudrions ait aient pourraient pourrions pourrais besoin`)
const ENDING = words(`
  boot boots evict expel eject oust ban offboard off-board deprovision deactivate de-activate deauthorize deauthorise suspend relinquish
  retract nuke zap axe purge rid plug turn switch tidy clean lock shut throw chuck turf toss sling get stop stopping give hand giving
  come comes go goes
  wirf werft schmeiss schmeisst kapp kappe kappen abklemmen abdrehen zudrehen dreh drehe dreht schalt schalte schaltet mach mache macht
  deaktiviere deaktivieren aussperren beende beenden zieh zieht zuruckgeben abgeben nehmt rausnehmen rauswerfen abschalten ab zu dicht
  gesperrt entzogen geloscht entfernt geschlossen abgeschaltet muss soll kann brauch mehr langer
  saca sacar sacad saquen sacarlo sacarla sacale corta cortar cortad corten cortale bloquea bloquear bloqueen desactiva desactivar
  desactiven deshabilita deshabilitar anula anular borra borrar suprime suprimir echa echar fuera quitale quitales quitame quitamelo
  quitamela quitaselo quitasela quitenle baja debe deben mas
  retire retirer retirez enleve enlever enlevez coupe coupez supprime supprimez quita quitar quite saque
  vire virer virez sors sortir sortez desactive desactiver desactivez bloque bloquer bloquez annule annuler annulez ote oter otez doit
  doivent plus fin`)
/** What tells that somebody needs nothing any more. Where several are named it may be told of one and asked for another. */
const EVENTS = words(`
  finished finish done work works left quit leave
  usa usan trabaja trabajan n'a n'ont n'ai n'avons travaille travaillent
  ausgeschieden gekundigt`)
const STRETCHING = words(`
  stretch bump make makes last lasts lasting keeps keeping stay stays staying remain remains continue continues carry hang hold holds retain retains
  tack add adding longer overran overrun
  rallonge rallonger rallongez proroge proroger reconduis reconduire maintiens maintenir garde garder gardez conserve conserver ajoute
  ajouter ajoutez rajoute rajouter
  alarga alargar alargas alargan alargue prorroga prorrogar renueva renovar manten mantener mantenga sigue siga seguir anade anadir mas
  behalt behalten behalte verlangern langer weiter weiterhin`)

const CARRIES: Partial<Record<IntentKind, readonly (readonly [ReadonlySet<string>, WordClass])[]>> = {
  grant: [
    [NEEDING, 'need'],
    [GIVING, 'give'],
  ],
  revoke: [
    [ENDING, 'take'],
    [EVENTS, 'take'],
  ],
  extend: [[STRETCHING, 'stretch']],
}

/** "Needs to poke around in wiki", "has to work on it", "doit travailler sur wiki": what somebody needs to do there. */
function isInfinitive(items: readonly Item[], index: number): boolean {
  const before = items.slice(0, index).findLast((item) => !(item.is === 'word' && item.class === 'filler'))
  const at = before === undefined ? -1 : items.indexOf(before)
  const led =
    before?.is === 'word' &&
    (before.class === 'need' ? !/^(?:for|get|gets|have|has|haben|tener|avoir)$/.test(before.word) : needsTo(items, at))
  if (!led) return false
  const steps = items.slice(index + 1)
  const behind = steps.find((item) => !isStep(item))
  const next = items[index + 1]
  return behind?.is === 'name' && next !== undefined && (next.is === 'name' || isStep(next))
}

const SMALL_STEP: ReadonlySet<WordClass> = new Set(['to', 'on', 'via', 'filler', 'reach', 'thing'])

const PARTICLE = /^(?:around|about|along|forward|ahead)$/
const isStep = (item: Item): boolean =>
  (item.is === 'word' && SMALL_STEP.has(item.class)) || (item.is === 'unknown' && PARTICLE.test(item.word))

/** "Bob muss auf grafana arbeiten": the verb of a German sentence comes last. To look is less than to work, and is asked about. */
function closesSentence(items: readonly Item[], index: number): boolean {
  const [before, item, next] = [items[index - 1], items[index], items[index + 1]]
  return (
    item?.is === 'unknown' &&
    /[a-z]{2}en$/.test(item.word) &&
    !/(?:les|schau|guck|seh|sicht)en$/.test(item.word) &&
    (before?.is === 'name' || before?.is === 'time') &&
    (next === undefined || next.is === 'stop' || next.is === 'comma' || next.is === 'time') &&
    items.some((other) => 'word' in other && GERMAN_MODAL.test(other.word))
  )
}
const GERMAN_MODAL =
  /^(?:muss|mussen|musste|mussten|soll|sollen|sollte|sollten|kann|konnen|konnte|konnten|darf|durfen|mochten?|wollen)$/

/** "… needs to", "… wants to": the little word of an infinitive, not that of a direction. */
function needsTo(items: readonly Item[], at: number): boolean {
  const [to, before] = [items[at], items[at - 1]]
  return to?.is === 'word' && to.word === 'to' && before?.is === 'word' && before.class === 'need'
}
