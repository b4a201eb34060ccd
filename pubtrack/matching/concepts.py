"""Words of the fields that use microdata, in Dutch and English: what stands between two bars means one thing. Pure.

Written by hand for titles of projects and publications; parts of compounds (arbeid, markt) stand here rather than
compounds. A group too wide
joins what differs, one too narrow misses a translation: so near synonyms, no related words.
"""

from __future__ import annotations

GROUPS = """
    arbeid werk baan banen labour labor work job jobs employment werkgelegenheid beroepsbevolking workforce |
    werknemer employee worker arbeidskracht personeel staff personnel | werkgever employer |
    werkloos werkloosheid unemployment unemployed jobless | ontslag dismissal layoff displacement displaced | vacature vacancy |
    loon lonen salaris beloning wage salary earnings pay | inkomen income | vermogen wealth assets |
    armoede arm poverty poor | schuld schulden debt | uitkering bijstand benefit welfare | zekerheid security |
    verzekering insurance verzekeraar insurer insured | arbeidsongeschikt arbeidsongeschiktheid disability disabled |
    pensioen pension retirement | ouder ouders parent parental | oudere ouderen bejaarden elderly older aged |
    vergrijzing ageing aging | jongere jongeren jeugd youth young adolescent | kind kinderen child children |
    baby zuigeling infant | geboorte geboren birth born | zwanger zwangerschap pregnancy pregnant |
    vruchtbaarheid fertility | moeder mother maternal | vader father paternal | gezin familie family |
    huishouden household | huwelijk gehuwd marriage married | scheiding echtscheiding divorce separation |
    partner spouse | alleenstaand alleenstaande single | man mannen male men | vrouw vrouwen female women woman |
    geslacht gender sex | leeftijd age | levensloop lifecourse lifespan |
    sterfte mortaliteit overlijden dood mortality death | doodsoorzaak cause | levensverwachting expectancy |
    gezondheid gezond health healthy | zorg care | ziekenhuis hospital | huisarts practitioner |
    ziekte disease illness | kanker cancer tumor tumour | borst breast | long lung pulmonary |
    hart cardiac heart cardiovascular | vaat vascular | beroerte stroke | longziekte copd | hersen brain |
    psychisch geestelijk mental psychiatric psychological | depressie depression depressive |
    zelfmoord zelfdoding suicide suicidal | verslaving addiction | roken rook smoking tobacco |
    alcohol drank drinking | overgewicht obesitas obesity overweight | voeding dieet diet nutrition |
    sport bewegen exercise | geneesmiddel medicijn medicatie medication drug medicine |
    behandeling therapie treatment therapy | diagnose diagnosis | operatie chirurgie surgery surgical |
    infectie infection | vaccinatie vaccin vaccination vaccine | griep influenza |
    verpleegkundige verpleging nurse nursing | thuiszorg homecare | langdurig longterm lang long | kort short |
    kosten uitgaven cost costs expenditure spending | kwaliteit quality | veilig veiligheid safety safe |
    onveiligheid unsafety | criminaliteit misdaad crime criminal | misdrijf delict offence offense |
    dader verdachte offender suspect perpetrator | slachtoffer victim victimization |
    recidive recidivism reoffending | gevangenis detentie prison imprisonment incarceration | politie police |
    rechter rechtbank rechtspraak court judge judicial | recht rechts legal law | rechtsbijstand legalaid |
    aangifte report | geweld violence violent | huiselijk domestic | onderwijs opleiding education educational educated |
    school scholen | basisonderwijs basisschool primary elementary | voortgezet secondary | hoger higher |
    middelbaar vocational mbo | universiteit universitair university academic | student studenten |
    leerling pupil leerlingen | leraar docent leerkracht teacher | leren learning | schoolverlater dropout uitval |
    diploma graduate afgestudeerde | prestatie prestaties achievement performance | vaardigheid skill skills |
    taal language | lezen reading | rekenen wiskunde math mathematics | studie studies | stage internship |
    migratie migrant migranten migration | immigratie immigrant immigrants immigration |
    emigratie emigration emigrant | vluchteling vluchtelingen refugee asiel asylum | integratie integration |
    allochtoon etnisch etniciteit etnische ethnic ethnicity | minderheid minderheden minority |
    herkomst afkomst origin | buitenland buitenlands foreign abroad | internationaal international |
    nationaal national | nationaliteit nationality | diversiteit divers diversity diverse |
    discriminatie discrimination | segregatie segregation | religie godsdienst religion religious |
    islam moslim muslim | cultuur cultureel culture cultural | waarde value | vertrouwen trust | houding attitude |
    gedrag behavior behaviour | keuze kiezen choice | voorkeur preference |
    stem stemmen vote voting election verkiezing | politiek politics political | beleid policy |
    overheid government public | gemeente municipality municipal local lokaal | provincie province |
    regio regionaal region regional | stad steden stedelijk city cities urban metropolitan | grote big large |
    platteland landelijk rural | krimp decline shrinking | groei growth | buurt wijk neighborhood neighbourhood |
    leefbaarheid livability liveability | omgeving milieu environment environmental |
    wonen woning huis huisvesting woon housing home house dwelling residential | huur huurder rent tenant rental |
    koop koopwoning eigenaar owner homeowner ownership | hypotheek mortgage | prijs price | vraag demand |
    aanbod supply | verhuizen verhuizing move relocation moving mobility mobiliteit | woningmarkt housingmarket |
    corporatie association | bouw construction building | verkeer traffic transport vervoer | reis reizen travel |
    pendel forens woonwerk commuting commute | auto car | weg road | ongeval accident | fiets bicycle cycling |
    spoor trein rail train | haven port | lucht air | vervuiling pollution uitstoot emission | geluid noise | klimaat climate |
    energie energy | elektriciteit stroom electricity | zonnepaneel solar |
    duurzaam duurzaamheid sustainable sustainability |
    landbouw agrarisch agriculture agricultural farm farming boerderij | voedsel food | natuur nature | grond land |
    bedrijf bedrijven onderneming ondernemingen firm company business enterprise establishment corporate |
    ondernemer ondernemerschap entrepreneur entrepreneurship |
    zelfstandig zelfstandige zzp selfemployed selfemployment | mkb kleinbedrijf sme smes |
    starter start startup startups | oprichting entry | faillissement bankruptcy insolvency |
    overname fusie merger acquisition takeover buyout | buitenlandse foreignowned | productiviteit productivity |
    productie production output | innovatie innovatief innovation innovative innovate | onderzoek research |
    ontwikkeling development | technologie technology technological | technisch technical | kennis knowledge |
    ict digitaal digital digitalisering digitalization | automatisering automation | robot robots |
    export uitvoer exports exporting exporter | import invoer imports importing | handel trade |
    dienst diensten dienstverlening service services | industrie industrieel industry industrial manufacturing |
    sector branche | detailhandel winkel retail shop | horeca hospitality | toerisme tourism tourist | bank banken |
    financieel financien finance financial | krediet lening credit loan | investering investeren investment invest |
    kapitaal capital | aandeel share stock | belasting fiscaal tax taxation fiscal | premie premium contribution |
    subsidie subsidy grant | toeslag allowance | winst profit profits | concurrentie competition | markt market |
    economie economisch economic economy economics | crisis recessie recession | conjunctuur cycle |
    inflatie inflation | consument consumptie consumer consumption | besparing sparen saving savings |
    verdeling distribution | ongelijkheid inequality inequalities | verschil difference gap kloof disparity |
    sociaal maatschappelijk social societal | kapitaalsociaal socialcapital | netwerk network |
    sociaaleconomisch socioeconomic | klasse class | intergenerationeel generatie generation intergenerational |
    overdracht transmission transfer | opwaarts upward | kans kansen opportunity chance | risico risk |
    effect effecten impact gevolg gevolgen consequence invloed influence | oorzaak causal |
    evaluatie evalueren evaluation evaluating | maatregel measure | hervorming reform |
    wet wetgeving act legislation | regeling scheme | programma program programme | interventie intervention |
    project pilot | experiment proef | proefschrift thesis dissertation | jaar jaarlijks annual year yearly |
    maand month monthly | kwartaal quarter | monitor monitoring | rapport rapportage verslag report |
    feiten cijfers facts figures | atlas kaart map | index indicator |
    statistiek statistisch statistics statistical | gegevens data bestand |
    register registratie registry registration | enquete survey | steekproef sample |
    koppeling linkage linking linked | schatting schatten estimation estimating estimate |
    voorspelling voorspellen prognose predict prediction forecast | voorspeller predictor determinant |
    model modellen | analyse analysis analysing analyzing | methode method |
    vergelijking comparison comparing comparative | trend trends ontwikkelingen | verandering change |
    dynamiek dynamisch dynamics dynamic | stabiel stability | stroom flow | duur duration | tijd time |
    deeltijd parttime | voltijd fulltime | flexibel flex flexibility flexible | tijdelijk temporary |
    vast permanent | cao collective bargaining | vakbond union | verlof leave |
    ziekteverzuim verzuim absence absenteeism sickness | reintegratie reintegration reemployment |
    begeleiding counselling guidance coaching | training scholing cursus |
    participatie deelname participation participate | vrijwilliger vrijwilligerswerk volunteer volunteering |
    mantelzorg informal caregiver caregiving | kinderopvang childcare daycare | opvang shelter |
    jeugdzorg jeugdhulp childwelfare | dakloos thuisloos homeless homelessness |
    eenzaam eenzaamheid loneliness lonely | geluk tevredenheid happiness satisfaction wellbeing welzijn |
    beperking limitation impairment | tweeling twin twins | broer zus sibling siblings | genetisch genetic |
    overleving survival | incidentie incidence | prevalentie prevalence | aandoening disorder condition |
    nier kidney renal | lever liver hepatic | suikerziekte diabetes | dementie dementia alzheimer | astma asthma |
    allergie allergy | bloed blood | transplantatie transplant transplantation | heup hip |
    fractuur breuk fracture | kraam neonatal newborn | perinataal perinatal |
    vroeggeboorte prematuur preterm premature | miskraam miscarriage | ivf fertilization |
    anticonceptie contraception | abortus abortion | seksueel sexual | sterftecijfer standardized hsmr |
    heropname readmission | ligduur stay | spoed acuut acute emergency | medisch medical |
    arts dokter doctor physician | apotheek pharmacy | tandarts dental dentist | dorp village |
    bevolking population demografie demografisch demographic demography | inwoner resident inhabitant |
    nederland nederlands nederlandse netherlands dutch | europa europees european europe | haag hague |
    duits duitsland germany german | belgie belgisch belgium belgian | grens border | turks turkije turkish turkey |
    marokko marokkaans morocco moroccan | surinaams suriname surinamese | antilliaans antillen antillean |
    pools polen polish poland | oost eastern | west western | noord north northern | zuid south southern |
    eerste first | tweede second | nieuw new | vroeg early | laat late | wereldoorlog war oorlog |
    honger famine hunger | ramp disaster | overstroming flood | brand fire | leger militair military veteran |
    ambtenaar civilservant | bestuur governance administration | organisatie organization organisation |
    manager bestuurder executive | leider leiderschap leadership | raad council | vergoeding compensation |
    schade damage | aansprakelijkheid liability | contractueel contractual | eigendom property | octrooi patent |
    merk trademark | auteur author | media nieuws news | internet online | muziek music | kunst art arts |
    bibliotheek library |
    fabriek factory plant | multinational multinationaal | uitbesteding outsourcing offshoring | werving aanname hiring recruitment |
    instroom inflow | uitstroom outflow exit | doorstroom transition progression | loopbaan carriere career | uren hours |
    thuiswerk thuiswerken telework teleworking | burnout exhaustion | toezicht inspectie supervision inspection |
    naleving compliance | fraude fraud | straf sanctie boete punishment sanction penalty sentence sentencing |
    inbraak burglary | diefstal theft | moord doodslag homicide murder | toets examen test exam | advies advice recommendation |
    achterstand achterstanden disadvantage disadvantaged | peuter kleuter voorschool preschool toddler |
    promovendus promovendi phd doctorate doctoral | burgerschap citizenship civic | selectie selection |
    inschrijving enrollment enrolment | chronisch chronic | multimorbiditeit comorbiditeit multimorbidity comorbidity |
    letsel injury trauma | pijn pain | oog ogen eye vision | gehoor hearing | huid skin | darm colorectal colon bowel |
    prostaat prostate | maag gastric stomach | epilepsie epilepsy | reuma artritis rheumatoid arthritis | artrose osteoarthritis |
    schizofrenie psychose schizophrenia psychosis psychotic | angst anxiety | autisme autism | verstandelijk intellectual |
    palliatief palliative | donor donatie donation | bloeddruk hypertensie hypertension | antibiotica antibiotic |
    longontsteking pneumonie pneumonia | virus viraal viral | corona covid coronavirus pandemie pandemic |
    bevalling verloskundig verloskunde childbirth obstetric midwifery delivery | geboortegewicht birthweight |
    kwetsbaar kwetsbaarheid vulnerable vulnerability frail frailty | wachttijd wachtlijst waiting | variatie variation |
    blootstelling exposure | hitte heat | groen green | vliegveld luchthaven airport aviation schiphol |
    betaalbaar betaalbaarheid affordable affordability | renovatie renovation retrofit | sloop demolition |
    isolatie insulation | kantoor kantoren office | samenwonen samenwonend cohabitation cohabiting | adoptie adoption |
    kinderloos childless childlessness | weduwe weduwnaar widow widowed widowhood bereavement | grootouder grandparent |
    terugkeer return remigration | omzet turnover sales revenue | keten ketens chain | rente interest |
    aandeelhouder shareholder | agglomeratie agglomeration cluster | schok schokken shock | regulering regelgeving regulation regulatory |
    aanbesteding procurement | wetenschap wetenschappelijk science scientific scientist | breedband broadband |
    kunstmatig artificial | ras race racial | hispanic latino latina | bereikbaarheid accessibility access |
    nabijheid proximity | afstand distance | vestiging location | toekomst future | ervaring experience | nut utility benefits |
    gebruik usage utilization utilisation | hulp ondersteuning help support assistance aid | tekort tekorten shortage |
    meting meten measurement measuring | kenmerk kenmerken characteristic | groep groepen group |
    vermindering afname reduction decrease | toename stijging increase |
    burger burgers citizen | geslaagd succes success
"""
