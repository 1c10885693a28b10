"""Word lists of the invented newswire. Nothing here names a real person, town or agency."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in text.split("|"))


FIRST_HEADS = _words(
    """
    Al Bren Cor Dav El Fen Gar Hel Is Jor Kal Lin Mar Nor Or Pel Quin Ros Sel Tor Ul Ver Wil Yas Zor
    """
)
FIRST_TAILS = _words(
    """
    a an ara ek éa el en eta ia ic il ina is o on ora öna us wen yra
    """
)
LAST_HEADS = _words(
    """
    Abr Bald Cast Dorv Elb Farn Gost Hald Irk Jarn Kest Lomb Mard Nest Obr Pard Quist Rund Salv Tarn Ulm
    Vask Wend Ybar Zell
    """
)
LAST_TAILS = _words(
    """
    aro berg dale dottir eck én evich field gard haven ini kov lund mann ñez ova quist rud sen tti ula wick
    """
)
PLACE_HEADS = _words(
    """
    Ak Bel Cor Dran Es Fal Gren Hol Il Jas Kor Lan Mor Nev Ost Pal Quar Riv San Tel Um Val Wes Yor Zan
    """
)
PLACE_MIDDLES = _words(
    """
    a ada ara e eli ero i ila o ona ori u ula
    """
)
PLACE_TAILS = _words(
    """
    bad burg dor ford gate ham holm land mar mere mont nia port rest sk stadt ta ton vik via
    """
)
COUNTRY_TAILS = _words(
    """
    stan nia land via mark ria dor tania
    """
)
ROLES = _phrases(
    """
    harbor master|deputy minister|chief engineer|opposition leader|regional governor|fisheries inspector|
    foreign minister|defense secretary|trade envoy|river pilot|museum director|union organizer|
    central bank governor|court clerk|customs officer|glaciologist|airline executive|rail dispatcher|
    health commissioner|senior prosecutor|water board chairman|army spokesman|city councilor|
    lighthouse keeper|seismologist|ambassador|aid coordinator|telecom regulator|veteran diplomat|
    grain trader|parliamentary speaker|border commander|energy analyst|former president|prime minister|
    human rights lawyer|beekeeper|satellite operator|dam supervisor|school inspector|forestry chief|
    newspaper editor|market stallholder|volcano observer|finance minister|election monitor|cargo captain|
    mountain guide|orchestra conductor|vaccine researcher
    """
)
BODIES = _phrases(
    """
    Harbor Authority|Ministry of Waterways|Northern Grain Board|Union of Dockers|National Assembly|
    Civil Protection Office|Bureau of Public Accounts|Coast Patrol|Customs Service|Supreme Tribunal|
    Council of Regions|Institute for Ice Studies|Railway Trust|Interior Ministry|Energy Commission|
    Border Guard|Electoral Chamber|Food Safety Agency|Space Communications Center|Teachers’ League|
    Anti-Corruption Panel|Fishing Fleet Association|Merchants’ Guild|Weather Service|
    Road Haulage Federation|Heritage Fund|Competition Office|Fire Brigade|Air Traffic Board|
    Public Health Laboratory
    """
)
AGENCIES = _phrases(
    """
    Meridian Wire|Polar Press|Lantern News|Harbor Press|Eastline Photo|Prism Pictures|Tidewater Images|
    Ninth Bureau|Quill Agency|Stratus Pictures|Copperfield Press|Vantage Foto
    """
)
ADJECTIVES = _words(
    """
    disputed abandoned costly long-delayed unfinished secret joint floating frozen emergency temporary
    ambitious controversial fragile historic sweeping modest unexpected coastal northern southern
    mountainous underground offshore experimental confidential provisional cross-border seasonal wartime
    nuclear hydroelectric electronic municipal federal rural overcrowded half-built privatized contaminated
    heavily-guarded record-breaking unpopular outdated unmanned regional wooden limestone subtropical
    volcanic forgotten ceremonial bilateral compulsory voluntary stricter cheaper swift narrow broad hasty
    thorough independent parallel partial renewed stalled revised lucrative obsolete armored refurbished
    restricted international domestic inland Arctic medieval contested hybrid automated diplomatic
    commercial clandestine postponed exclusive sprawling remote flooded drought-stricken quarantined rebuilt
    rented donated smuggled digitized
    """
)
NOUNS = _words(
    """
    ferry bridge pipeline reservoir treaty tariff embargo census referendum ceasefire convoy terminal
    orchard vineyard archive cathedral tunnel harbor shipyard lighthouse glacier volcano refinery smelter
    quarry granary bakery satellite antenna radar submarine helicopter tanker freighter tram locomotive
    depot warehouse customs-post checkpoint embassy consulate parliament tribunal inquiry audit ledger
    budget subsidy pension loan currency banknote auction exhibition festival tournament stadium marathon
    regatta orchestra manuscript fresco mosaic statue monument cemetery hospital clinic laboratory vaccine
    antidote virus outbreak quarantine herd fishery trawler hatchery beehive greenhouse harvest fertilizer
    drought flood landslide earthquake avalanche blizzard heatwave wildfire aquifer canal sluice dam turbine
    reactor substation power-line battery pylon windmill coalfield mineshaft copper-belt salt-marsh
    peninsula archipelago border-fence minefield barracks garrison arsenal drone missile patrol manoeuvre
    truce hostage ransom smuggler forgery passport visa asylum migration curfew blockade strike picket
    manifesto ballot coalition amendment charter veto decree amnesty extradition verdict appeal indictment
    testimony wiretap leak memo dossier algorithm password server database blackout cable modem broadcast
    newsroom podcast-studio printing-press library
    """
)
PAST_VERBS = _words(
    """
    inspected rejected approved sealed dismantled auctioned photographed evacuated repaired surveyed
    blockaded nationalized reopened defended denounced catalogued intercepted impounded unveiled postponed
    expanded rewired restored searched measured purchased mortgaged relocated insured flooded drained
    escorted shielded audited licensed outlawed championed criticized questioned endorsed delayed funded
    sabotaged cleared examined recovered redesigned surrendered subsidized boycotted renamed monitored
    televised translated excavated confiscated refueled leased abandoned inherited pledged mapped ratified
    suspended vetoed welcomed
    """
)
SAYING = _phrases(
    """
    said|told reporters|told Meridian Wire|wrote in a letter|insisted|announced|argued|explained|warned|
    conceded|declared|recalled|predicted|maintained|noted|stressed|complained|admitted
    """
)
TIMES = _phrases(
    """
    on Monday|on Tuesday|on Wednesday|on Thursday|on Friday|over the weekend|earlier this week|
    late on Sunday|last month|in early spring|before dawn|shortly after midnight|at the end of the quarter|
    two years ago|during the winter recess|within hours|by Saturday evening|in the coming weeks|
    for the third time this year|since last autumn|at noon|after a closed session|ahead of the summit|
    following a night of talks|in the past decade|this summer
    """
)
UNITS = _words(
    """
    tonnes kilometers households crates vessels hectares workers passengers volunteers permits liters wagons
    signatures
    """
)
SECTION_TOPICS = _phrases(
    """
    Border talks|Grain exports|Arctic shipping|Water crisis|Energy prices|Election watch|Space race|
    Trade war|Rail reform|Fisheries dispute|Volcano alert|Press freedom|Cyber security|Museum theft|Drought|
    Migration|Island referendum|Currency reform|Coast patrol|Health scare|Military drills|Corruption probe|
    Court rulings|Climate|Air safety|Nuclear power|Human rights|Accident|Law|Scandal|Internet|Protest
    """
)
