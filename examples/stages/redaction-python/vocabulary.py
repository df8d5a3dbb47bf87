"""Word lists: what is known to be a name, and what is not. All in small letters. Yours to change."""

# Common given names of Europe and the Americas, and some of Asia and Africa. Names that are also English words (Will, Grace, Mark, May) or
# places (Sydney, Jordan) are left out: they are hidden where the text itself introduces them.
GIVEN_NAMES = frozenset(
    """
    aaron abigail adam adrian agnes ahmed aisha alan alba albert alejandro alessandro alex alexander alexandra alexei ali alice alicia
    alina alison amanda amelia amina amir amy ana anastasia andrea andreas andrei andrew angela anita anja anke ann anna annabel anne
    annette annika anthony antoine anton antonia antonio arthur astrid barbara bartosz beatrice beatriz ben benedikt benjamin bernard
    bernd beth bettina bianca birgit bjorn björn boris brenda brian bridget brigitte bruno caitlin camila camille carl carla carlos
    caroline catherine cecilia cedric cédric charles charlie chiara chloe chloé chris christa christina christine christoph christophe
    christopher clara claire claudia clemens colin connor cornelia craig cristina daniel daniela daniele danielle darren david deborah
    denise dennis derek diana diane diego dieter dimitri dirk dmitri dominik dominique donald donna doris dorothea dorothy douglas
    duncan dylan edith edward edwin ekaterina elena eleanor eleni elias elif elijah elisa elisabeth elizabeth ella ellen eloise elsa
    emil emilia emily emma emmanuel enrico eric erica erik erika erwin esther ethan eugene eva evelyn fabian fatima fatma felicity
    felipe felix ferdinand fernando fiona florian francesca francesco francis francisco françois françoise franz frederic frédéric
    frederick frida frieda friedrich gabriel gabriela gabriele gareth gavin geoffrey georg george gerald gerard gerd gerhard gertrud
    giorgio giovanni giulia giuseppe gloria gordon graham greg gregory greta guillaume gunther günther gustav hannah hanna hans harald
    harriet harry hassan hector heidi heike heinrich heinz helen helena helga helmut henri henrik henry hermann hilary hiroshi holger
    horst howard hugh hugo ian ibrahim ida igor ilona ines inga ingo ingrid irene irina isaac isabel isabella isabelle ivan jacob
    jacqueline jacques jaime jakob jakub james jamie jan jane janet janine jason javier jayden jeff jeffrey jennifer jeremy jerome
    jérôme jessica jill joachim joan joanna joanne jochen joe joel johan johann johanna johannes john jonas jonathan jorge jose josé
    josef josefine joseph josephine joshua juan judith julia julian juliana julie juliette jurgen jürgen justin kai karen karin karina
    karl karolina katarina kate katharina katherine kathleen kathrin kathryn katie katja katrin keith kelly kenneth kerstin kevin khalid
    kim kirsten klaus konrad konstantin krzysztof kurt kyle larissa lars laura lauren laurent lea leah lena lennart leo leon leonard
    leonardo leonie leonor leticia liam lidia lillian linda lisa liv lorenzo lothar louis louisa louise luca lucas lucia lucía lucie
    lucy ludwig luigi luis luisa lukas luke lydia maciej magda magdalena maja malik manfred manuel manuela marc marcel marcello marco
    marcos marcus margaret margarita margot maria maría marianne marie marina mario marion marlene marta martha martin martina mary
    mateo mathias mathieu mathilde matteo matthew matthias maureen maurice mauricio maximilian megan mehmet melanie melissa mia michael
    michaela michal michel michele michelle miguel mikhail mila milan milena miriam mohamed mohammed monica monika monique moritz
    muhammad mustafa nadia nadine nadja naomi natalia natalie natasha nathalie nathan nathaniel neil nicholas nicola nicolas nicole
    niels nigel nikita niklas nikolai nils nina noah noemi nora norbert norman nuria octavia olaf oleg olga oliver olivia olivier
    oscar oskar otto pablo pamela paola paolo patrice patricia patrick paul paula paulina pauline pavel pedro peter petra phil philip
    philipp philippe phoebe pierre piotr priya rachel rafael raimund rainer ralf ralph ramona raphael raquel raul raymond rebecca
    regina reinhard renate rene rené ricarda riccardo richard rita robert roberta roberto rodrigo roger roland rolf roman ronald
    rosalie rosemary rosie rudolf rudolph rupert russell ruth ryan sabine sabrina sally salma sam samantha samir samuel sandra sara
    sarah sascha sean sebastian serena serge sergei sergio seth shannon sharon sheila shirley silke silvia simon simone sofia sofie
    sonia sonja sophia sophie stacey stanislav stefan stefanie stefano stephan stephanie stéphane stephen steve steven stuart susan
    susanna susanne suzanne svenja svetlana sven sybille sylvia sylvie tamara tania tanja tanya tatiana teresa tessa theodor theodore
    theresa thérèse thomas thorsten tim timo timothy tina tobias tom tomás tomasz toni tony tracy trevor tristan ulrich ulrike ulla
    ursula ute uwe valentina valeria valérie vanessa vera verena veronica veronika véronique viktor viktoria vincent virginia vivian
    vladimir walter waltraud wanda wendy werner wilhelm william wolfgang xavier yannick yasmin yolanda yusuf yvonne yves zoe zoé zoë
    zofia
    """.split()
)

# Written with a capital letter, after a name or after `I'm`, and no name.
NOT_NAMES = frozenset(
    """
    i a an the and or but so if then we you he she it they this that these those there here what who when where why how yes no not ok okay
    please thanks thank sorry hello hi dear fine sure god mom mum mother dad father both all well now just maybe
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october
    november december montag dienstag mittwoch donnerstag freitag samstag sonntag
    english german french italian spanish dutch polish russian american british irish scottish canadian mexican brazilian chinese
    japanese korean indian turkish greek swedish danish norwegian finnish swiss austrian portuguese ukrainian european african asian
    catholic protestant christian muslim jewish buddhist hindu
    und oder aber ich du er sie es wir ihr ja nein nicht der die das ein eine je tu il elle nous vous oui non et le la les un une
    """.split()
)

# Between the words of a name.
PARTICLES = frozenset("van von der den de del della di da dos du la le bin ibn al el ter ten zu zum zur".split())

# Stand before a colon at the start of a line, again and again, and do not speak.
HEADINGS = frozenset(
    """
    note notes rule rules example examples question answer summary step steps tip tips goal goals exercise exercises warning date time
    place subject topic source chapter section page part appendix figure table day week session agenda result results reason reasons
    name names email phone address role version status title author speaker moderator mediator therapist counsellor counselor
    interviewer client patient partner husband wife mother father
    hinweis regel beispiel frage antwort übung ziel datum ort thema kapitel seite
    """.split()
)
