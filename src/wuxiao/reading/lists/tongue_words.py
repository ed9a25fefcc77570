"""Small words by which it is told in which language Latin letters are written: data for `wuxiao.reading.tongue`.

`ENGLISH` are the commonest words of English and those of a county's small matters; `OTHERS` are small words and cries
for help of other languages, spelt as people type them, with and without their accents. What stands in both (the French
"on", the Spanish "me") is taken for English.
"""

from __future__ import annotations

_ENGLISH = """
a about above across after again against ago all almost along already also always am an and another any anybody anyone
anything are aren't around as ask asked at away back bad be because been before behind being below best better between
big both but by call called came can can't cannot car cars children city clean close closed cold come comes coming
complain complaint could couldn't cut day days did didn't different dirty do does doesn't doing don't done door down
during each early easy either else emergency end enough even evening ever every everybody everyone everything fast few
find fire first fix fixed for found friendly from front full get gets getting girl give given go goes going gone good got
great had half happy hard has hasn't have haven't having he he's help helped helpful her here hers high him his hospital
hot hour hours house how i i'd i'll i'm i've if in inside into is isn't it it's its just keep keeps kept kind know
knows last late least leave left less let light like little live lives living long look looking lot loud made make
makes man many may me mean men might mine minute minutes money month months more morning most mother much must my near
need needs neighbor neighbour neighbors neighbours never new next nice night no nobody noise noisy none nor not nothing
now o'clock of off office often old on once one only open or other others our ours out outside over own paid park parked
parking pay people place please police poor problem problems put quick quickly quiet quite rather read really red repair
report right river road room rude rubbish said same saturday saw say says school see seen send sent service shall she
she's shop should shouldn't side since slow small smell smoke so some somebody someone something sometimes soon sorry
staff stairs started station still stop stopped street such sunday take taken takes taking tell than thank thanks that
that's the their them then there there's these they they're thing things think this those three through till time times
to today together told tomorrow tonight too took toilet toward towards tree trees try two under until up upstairs us use
used usually very wait waited waiting wall want wants was wasn't water way we we're we've week weeks well went were
weren't what what's when where which while who whole whose why will window with within without woman women won't word
words work worked working works would wouldn't wrong year years yes yesterday yet you you're your yours
hello hi dear sir madam ok okay fine excellent perfect awful terrible average broken lift elevator lamp dark wet full
building floor block gate bus stop bike bikes dog dogs garbage trash bin phone number email mail card id passport visa
husband wife son daughter father child kid kids baby boy friend boss landlord driver doctor nurse teacher hurt bleeding
kill killed killing die dying dead hit hits beat beats beating knife gun gas leak stuck trapped lost missing scared
afraid suicide attack attacked danger dangerous accident crash flood burn burning burns fell fallen fall drowning
overall satisfied unsatisfied waited queue line counter clerk opening closed helpful polite impolite patient
"""
_OTHERS = """
le la les un une des du de et est sont je tu il elle nous vous ils elles mon ma mes ton ta son sa ses notre votre leur
qui que quoi dans sur avec pour sans sous pas ne plus très tres trop mais ou où donc chez au aux ce cette ces ça ca cela
c'est c’est j'ai j’ai n'est d'un d'une l'eau s'il svp merci bonjour oui non aussi suis êtes etes avez ont été ete était va
vais veut veux peut peux fait faire tout tous toute secours aide aidez moi toi mari femme quelqu'un feu mourir tuer
el los las una unos unas del al y es son está esta están estan estoy soy yo tú él ella nosotros ustedes mi mis su sus
tu que qué quien con por para sin pero como cuando donde muy más mas aquí aqui hay tengo tiene tienen quiero puede
gracias hola sí si ayuda ayúdenme ayudenme auxilio socorro matar fuego incendio marido esposo esposa
o os as uma uns umas do da dos das em no na nos nas não nao é eu você voce meu minha seu sua com isso aqui muito obrigado
obrigada ajuda ajudem fogo
der die das den dem ein eine einen einem einer und ist sind ich du er sie wir ihr nicht kein keine mit von zu zum zur auf
für fur bei nach aus wie was wer wo wenn aber oder auch sehr mein meine mich mir danke bitte hilfe hilf feuer mann frau
il lo gli uno di da in con su per tra fra che chi non è sono sei siamo mio mia mi ti ci si anche molto grazie aiuto
aiutatemi aiutami fuoco uccidere marito moglie
và là của có không khong được duoc tôi toi bạn ban anh em chị chi nó này đây ở trong với voi cho rất rat cảm cam ơn on xin
chào chao cứu cuu giúp giup chồng chong đánh danh giết giet cháy chay nhà nha người nguoi đang dang muốn muon chết chet
yang dan di ke dari ini itu saya aku kamu anda dia kami kita mereka tidak bukan ada untuk dengan pada sudah akan bisa
tolong terima kasih api suami istri isteri bunuh mati
ve bir bu şu için icin ile değil degil var yok ben sen biz siz onlar çok cok evet hayır hayir yardım yardim imdat teşekkür
tesekkur yangın yangin kocam
i w na z że ze się sie nie jest są to jak dla po od do ja ty on ona my wy tak pomocy ratunku dziękuję dziekuje
en het een van dat niet ik jij hij zij wij naar voor ook zeer bedankt help
ang mga ng sa ako ikaw siya kami tayo hindi po salamat tulong saklolo
na ya wa kwa ni mimi wewe yeye sisi hapana asante msaada nisaidie
wo ni ta women nimen tamen de le shi bu you zai he ye dou hen yao hui neng zhe na ma ne ba bei ba3 shang xia lai qu
jiu ming jiuming jiu4 sha da ren jia li
"""
ENGLISH = frozenset(_ENGLISH.split())
OTHERS = frozenset(_OTHERS.split()) - ENGLISH

#: Cries for help of other scripts written in Latin letters, digits for sounds among them: Arabic as it is typed on phones,
#: and Chinese without its characters. One of them is enough; each is a word, or words one after another.
ROMANISED = (
    # help me / save us
    "sa3[ei]?do+u?ni+", "s+a3douni", "sa3edni", "sa3idni", "sa3[iy]dooni", "3awn[ou]+ni", "el7a2[ou]*ni", "il7a2[ou]*ni",
    "al7[a2]?[q9][ou]+ni", "an?qith?[ou]+ni", "anqidh?ni", "n[ae]jd[ou]+ni", "3t9[ou]ni",
    # he hits me / he kills me / my husband … / there is a fire
    "(?:bi)?y[aeiou]?dr[aoue]+bni", "(?:bi)?y[aeiou]?[d9]rabn[iy]", "(?:bi)?y[ae]?[q29]t[ou]+lni", "za+wji",
    "7ari[q9]a?",
    # Chinese without characters: help, he kills or beats me, murder, fire, rape, suicide, call the police
    "jiu ?ming(?! (?:village|road|street|town|lu|cun|jie|zhen|xiang))", "jiu ?jiu ?wo", "sha ?ren ?le", "yao ?sha ?(?:le ?)?wo", "da ?si ?wo", "(?:zai|yao|ta) ?da ?wo",
    "zhao ?huo ?le", "qi ?huo ?le", "kuai ?lai ?ren", "bang ?wo ?bao ?jing", "qiang ?jian", "xiang ?zi ?sha",
)  # fmt: skip
