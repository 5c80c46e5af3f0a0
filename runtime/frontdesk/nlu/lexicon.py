"""Common words of the languages we know from the start: what people write to a desk, most of all."""

from __future__ import annotations

WORDS = {
    "en": """
the a an this that these those my your his her its our their i you he she it we they me him us them mine
yours who what when where why how which whose and or but if because so than then as of at by for with about
against between into through during before after above below to from up down in out on off over under again
there here all any both each few more most other some such no nor not only own same too very can could will
would shall should may might must do does did doing done have has had having be am is are was were been
being get got gets getting give given go goes going gone went come comes came take takes took make makes
made want wants wanted need needs needed like know knows knew think see seen look looking find found tell
told say said ask asked help please thanks thank hello hi hey good morning evening afternoon bye yes yeah
yep nope okay sorry don't doesn't didn't can't won't isn't aren't wasn't haven't hasn't i'm i'd i've i'll
you're it's that's what's where's there's let's order orders ordered return returns refund refunded exchange
delivery delivered deliver shipping shipped ship parcel package item items size small large big wrong broken
damaged missing late money back card account password login email phone number address name change cancel
cancelled pay paid payment price cost charge charged bill invoice receipt product shop store buy bought sell
sold open close opening hours today tomorrow yesterday monday tuesday wednesday thursday friday saturday
sunday week month year day days time now still already yet soon never always often just also even really
something someone anything nothing anyone everyone person human people agent speak talk call called write
send sent receive received arrive arrived wait waiting work works working try tried problem issue question
answer way thing things new old first last next much many long little bit one two three four five shoes
dress coat shirt trousers red blue black white green book booking appointment date table room flight ticket
train hotel weather music car house light turn set reservation reservations application information
connection connect session sessions message messages conversation conversations protocol details available
availability option options accounts transfer transfers transaction transactions currency visa mastercard
balance limit credit debit bank calories recipe free choose chosen character characters minute minutes
second seconds state states restaurant service services accept accepted confirm confirmed correct possible
different important local international personal general could've should've isnt dont cant ive without while
since until per left right better best enough another
""",
    "fr": """
le la les un une des du de d' l' ce cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur
leurs je j' j'ai tu il elle on nous vous ils elles me m' te t' se s' lui y en qui que qu' quoi quand où
pourquoi comment quel quelle quels quelles lequel et ou mais si car donc parce comme à au aux par pour avec
sans sous sur dans entre vers chez avant après pendant depuis jusque contre plus moins très trop peu
beaucoup assez encore déjà toujours jamais aussi ainsi alors ici là ne n' n'ai n'est pas non oui rien
personne aucun aucune tout toute tous toutes autre autres même mêmes chaque quelque quelques être suis es
est sommes êtes sont était étaient étais sera serait été avoir ai as a avons avez ont avait avais aura
aurait eu faire fais fait faites faut faudrait peux peut peuvent pouvez pouvons pourrais pourrait pourriez
veux veut voulez voudrais voulons dois doit devez aller vais va allez vont venir viens vient savoir sais
sait voir vu dire dit donner donne donnez prendre pris mettre mis c'est c' qu'est-ce est-ce est-il qu'il
s'il aujourd'hui demain hier lundi mardi mercredi jeudi vendredi samedi dimanche semaine mois année jour
jours heure heures matin soir midi maintenant bientôt tard tôt bonjour bonsoir salut merci plaît svp pardon
désolé excusez d'accord commande commandes commandé retour retourner renvoyer rendre rembourser
remboursement remboursé échange échanger livraison livré livrer livreur colis paquet article articles taille
petit petite petits grand grande grands cassé cassée abîmé abîmée manque manquant retard argent carte compte
mot passe mail courriel téléphone numéro adresse nom prénom changer modifier annuler annulé annulez
annulation payer payé paiement prix coûte coût facture reçu produit boutique magasin acheter acheté achat
ouvert ouverts ouverture fermé ferme horaires aide aider besoin parler appeler écrire envoyer envoyé envoyez
recevoir arriver arrive arrivé arrivée attendre attends marche fonctionne essayer problème souci question
réponse chose nouveau nouvelle premier dernier prochain combien longtemps quelqu'un conseiller humain vraie
deux trois quatre cinq chaussures robe manteau chemise pantalon rouge bleu noir blanc vert réserver
réservation rendez-vous date table chambre vol billet train hôtel suivre suivi expédié souhaite souhaiterais
aimerais ça cela celui celle ceux dont lors information informations connexion connecter session message
messages conversation discussion protocole détails disponible disponibles disponibilité option options
comptes virement transaction devise solde limite crédit banque gratuit choisir choisissez caractères minute
minutes état restaurant service services accepter confirmer confirmé possible différent importante personnel
général client cliente clients nouvelles jusqu'à dessus dessous dehors loin près ensemble mieux meilleur
mauvais bon bonne voici voilà moi toi eux ni
""",
    "es": """
el la los las un una unos unas lo al del de a ante bajo con contra desde en entre hacia hasta para por según
sin sobre tras este esta estos estas ese esa esos esas eso esto aquel aquella mi mis tu tus su sus nuestro
nuestra nuestros vuestro yo tú usted él ella nosotros vosotros ustedes ellos ellas me te se nos os le les
quién quien qué que cuándo cuando dónde donde porque cómo como cuál cual cuáles cuánto cuánta cuántos
cuántas y e o u pero si no sí ni pues aunque mientras también tampoco muy más menos mucho mucha muchos
muchas poco poca algo alguien algún alguno alguna nada nadie ningún ninguno ninguna todo toda todos todas
otro otra otros otras mismo misma cada ya aún todavía siempre nunca casi sólo solo así aquí ahí allí ahora
luego después antes hoy mañana ayer lunes martes miércoles jueves viernes sábado domingo semana mes año día
días hora horas tarde noche temprano pronto ser soy eres es somos sois son era eran fue fueron será sería
sido estar estoy estás está estamos están estaba estado haber he has ha hemos han había hay hubo tener tengo
tienes tiene tenemos tienen tenía hacer hago haces hace hacen hecho hice poder puedo puedes puede podemos
pueden podría podrían pude querer quiero quieres quiere queremos quieren quería quisiera deber debo debe ir
voy vas va vamos van fui venir viene saber sé sabe sabes ver veo visto decir digo dice dijo dar doy da dame
dé poner puesto hola buenos buenas tardes noches gracias favor perdón disculpe siento vale claro adiós
pedido pedidos pedí devolver devolución devuelvo devuelto reembolso reembolsar cambiar cambio entrega
entregado entregar envío enviar enviado envían enviaron paquete artículo artículos talla pequeño pequeña
pequeños grande grandes roto rota dañado dañada falta faltan retraso dinero tarjeta cuenta contraseña correo
teléfono número dirección nombre modificar cancelar cancela cancelado anular pagar pagado pago precio cuesta
coste factura recibo producto tienda comprar comprado compra compré abierto abren abrir abierta cierran
cerrado horario horarios ayuda ayudar ayúdame necesito necesita hablar llamar escribir recibir recibido
llegar llega llegó llegado llegará esperar esperando funciona intentar problema pregunta respuesta cosa
nuevo nueva primero último próximo cuanto tiempo persona humano agente uno dos tres cuatro cinco zapatos
vestido abrigo camisa pantalón rojo azul negro blanco verde reservar reserva cita fecha mesa habitación
vuelo billete tren hotel información conexión conectar sesión mensaje mensajes conversación protocolo
detalles disponible disponibles disponibilidad opción opciones cuentas transferencia transacción moneda
saldo límite crédito banco gratis elegir elija caracteres minuto minutos restaurante servicio servicios
aceptar confirmar confirmado posible diferente importante personal general cliente clientes nuevas seguir
seguimiento gustaría deseo conmigo fuera lejos cerca juntos mejor peor malo bueno buena bien mal
""",
}  # fmt: skip
"""language -> common words, accents as they are written"""
