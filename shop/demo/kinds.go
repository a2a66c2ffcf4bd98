package demo

// The sellers, by index into World.Merchants.
const (
	electronics = iota
	home
	outfitters
)

// kinds is everything the shop sells.
var kinds = []*kind{
	&headphones, &earbuds, &speakers,
	&laptops, &tablets, &monitors, &keyboards, &mice,
	&phones, &phoneCases, &powerBanks,
	&cameras, &televisions, &watches,
	&kettles, &coffeeMakers, &blenders, &vacuums, &lamps,
	&backpacks, &laptopBags,
	&shirts, &jackets, &shoes,
	&toys,
}
